//! The private note of our own dumps: who wrote the file, when, how, and what `/proc` said then.
//!
//! Text, so that `strings` and a human can read it:
//!
//! ```text
//!   tinydbg-tui 0.1.0
//!   time: 2026-11-21T06:21:05Z
//!   method: snapshot
//!   content: default
//!   pause_ns: 17900000
//!   unreadable: 0x7f0000001000-0x7f0000002000: the mapped file is shorter
//!   --- status 1432
//!   Name: ...                          the file of /proc, as many bytes as the line above says
//! ```
//!
//! The environment is not repeated here: it lies on the stack, and secrets need no second copy.

/// Owner and type (`TDBG`) of the note. The type is nobody else's, since Delve and readelf go by the
/// type alone: a text of type 1 would be one more thread to them.
pub const PROVENANCE_OWNER: &str = "TINYDBG";
pub const PROVENANCE_TYPE: u32 = 0x5444_4247;

/// How and from what a dump of ours was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// `tinydbg-tui 0.1.0`
    pub tool: String,
    /// In UTC, as `2026-11-21T06:21:05Z`.
    pub time: String,
    /// `snapshot` or `stop`.
    pub method: String,
    /// `default`, `full` or `thin`.
    pub content: String,
    /// How long the process stood still, in nanoseconds.
    pub pause_ns: Option<u64>,
    /// Why there was no snapshot although one was wanted.
    pub fallback: Option<String>,
    /// Ranges that a snapshot does not freeze: `0x...-0x...: why`. They are as they were while they
    /// were copied.
    pub inexact: Vec<String>,
    /// Ranges that read as zeros because they could not be read: `0x...-0x...: why`.
    pub unreadable: Vec<String>,
    /// More of those than there was room for.
    pub unreadable_more: u64,
    /// Files of `/proc/PID` by name.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Room for everything but the files: some of it is known only when the note's size is fixed.
const FACTS_ROOM: usize = 16 << 10;
const FILE_MARK: &str = "--- ";
/// Ranges named that a snapshot does not freeze: a program has few, and all have one reason.
const INEXACT: usize = 64;

impl Provenance {
    /// Bytes that the note's contents take, whatever becomes known after the files.
    #[must_use]
    pub fn size(&self) -> usize {
        let files: usize = self.files.iter().map(|file| file_bytes(file).len()).sum();
        FACTS_ROOM + files
    }

    /// The note's contents, exactly [`Self::size`] bytes long; what has no room is counted.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut text = format!("{}\n", one_line(&self.tool));
        let pause = self.pause_ns.map(|pause| pause.to_string());
        let facts = [
            ("time", Some(&self.time)),
            ("method", Some(&self.method)),
            ("content", Some(&self.content)),
            ("pause_ns", pause.as_ref()),
            ("fallback", self.fallback.as_ref()),
        ];
        for (key, value) in facts {
            if let Some(value) = value {
                let value: String = one_line(value).chars().take(1000).collect();
                text.push_str(&format!("{key}: {value}\n"));
            }
        }
        let mut more = self.unreadable_more;
        let inexact = self.inexact.iter().take(INEXACT).map(|range| ("inexact", range));
        let unreadable = self.unreadable.iter().map(|range| ("unreadable", range));
        for (key, range) in inexact.chain(unreadable) {
            let line = format!("{key}: {}\n", one_line(range));
            if text.len() + line.len() > FACTS_ROOM - 64 {
                more += 1;
            } else {
                text.push_str(&line);
            }
        }
        if more > 0 {
            text.push_str(&format!("unreadable_more: {more}\n"));
        }
        let mut bytes = text.into_bytes();
        for file in &self.files {
            bytes.extend(file_bytes(file));
        }
        // Only facts of absurd length could be too long.
        bytes.resize(self.size(), 0);
        bytes
    }

    /// Understands as much as is there; lines of a later version are passed over.
    #[must_use]
    pub fn parse(desc: &[u8]) -> Self {
        let mut provenance = Self::default();
        let mut rest = desc;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, behind) = rest.split_at(end);
            rest = behind.get(1..).unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            if provenance.tool.is_empty() {
                provenance.tool = line.into_owned();
            } else if let Some(mark) = line.strip_prefix(FILE_MARK) {
                let Some((name, size)) = mark.rsplit_once(' ') else {
                    continue;
                };
                let size = size.parse().unwrap_or(0);
                let contents = rest.get(..size).unwrap_or(rest);
                provenance.files.push((name.to_owned(), contents.to_vec()));
                rest = rest.get(size..).unwrap_or_default();
            } else if let Some((key, value)) = line.split_once(": ") {
                provenance.set(key, value);
            }
        }
        provenance
    }

    /// With the files of an earlier note of the same core, where this one has none: dumps that are
    /// written as a stream begin with the files and end with the facts.
    #[must_use]
    pub fn after(mut self, earlier: Option<Self>) -> Self {
        if let Some(earlier) = earlier.filter(|_| self.files.is_empty()) {
            self.files = earlier.files;
        }
        self
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "time" => value.clone_into(&mut self.time),
            "method" => value.clone_into(&mut self.method),
            "content" => value.clone_into(&mut self.content),
            "pause_ns" => self.pause_ns = value.parse().ok(),
            "fallback" => self.fallback = Some(value.to_owned()),
            "inexact" => self.inexact.push(value.to_owned()),
            "unreadable" => self.unreadable.push(value.to_owned()),
            "unreadable_more" => self.unreadable_more = value.parse().unwrap_or(0),
            _ => {}
        }
    }
}

/// Every file ends in a line feed, so that the next mark starts a line.
fn file_bytes((name, contents): &(String, Vec<u8>)) -> Vec<u8> {
    let mut bytes = format!("{FILE_MARK}{} {}\n", one_line(name), contents.len()).into_bytes();
    bytes.extend_from_slice(contents);
    bytes.push(b'\n');
    bytes
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\0'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Provenance {
        Provenance {
            tool: "tinydbg-tui 0.1.0".to_owned(),
            time: "2026-11-21T06:21:05Z".to_owned(),
            method: "stop".to_owned(),
            content: "full".to_owned(),
            files: vec![
                ("status".to_owned(), b"Name:\tx\n--- maps 9\n".to_vec()),
                ("maps".to_owned(), b"1000-2000 r--p\n".to_vec()),
            ],
            ..Provenance::default()
        }
    }

    #[test]
    fn what_becomes_known_late_does_not_change_the_size() {
        let mut provenance = sample();
        let size = provenance.size();
        assert_eq!(provenance.encode().len(), size);
        assert_eq!(Provenance::parse(&provenance.encode()), provenance);
        provenance.pause_ns = Some(17_900_000);
        provenance.fallback = Some("seccomp".to_owned());
        provenance.unreadable = vec!["0x1000-0x2000: why".to_owned()];
        assert_eq!(provenance.encode().len(), size);
        assert_eq!(Provenance::parse(&provenance.encode()), provenance);
    }

    #[test]
    fn ranges_without_room_are_counted() {
        let mut provenance = sample();
        provenance.unreadable = (0..1000)
            .map(|at| format!("{:#x}-{:#x}: why", at * 4096, at * 4096 + 4096))
            .collect();
        let bytes = provenance.encode();
        assert_eq!(bytes.len(), provenance.size());
        let read = Provenance::parse(&bytes);
        assert!(read.unreadable.len() > 200);
        assert_eq!(read.unreadable.len() as u64 + read.unreadable_more, 1000);
        assert_eq!(read.files, provenance.files);
    }

    #[test]
    fn damaged_text_is_read_as_far_as_it_goes() {
        let bytes = sample().encode();
        for len in 0..bytes.len().min(600) {
            let _ = Provenance::parse(&bytes[..len]);
        }
        let wild = Provenance::parse(b"x\n--- maps 18446744073709551615\nabc");
        assert_eq!(wild.files, [("maps".to_owned(), b"abc".to_vec())]);
    }
}
