//! What is asked of a server, and what it is called there and in the cache.

use std::fmt::Write as _;

use super::FetchError;
use crate::elf::BuildId;

/// Longest name of a file that every file system takes, less room for a temporary suffix.
const LONGEST_NAME: usize = 240;

/// One kind of file that belongs to a build.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Artefact {
    /// Debug information.
    Debuginfo,
    /// The program or library as it was linked.
    Executable,
    /// The source file recorded under this absolute path.
    Source(String),
}

/// A file, by the build it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub build_id: BuildId,
    pub artefact: Artefact,
}

impl Wanted {
    #[must_use]
    pub fn debuginfo(build_id: BuildId) -> Self {
        let artefact = Artefact::Debuginfo;
        Self { build_id, artefact }
    }

    #[must_use]
    pub fn executable(build_id: BuildId) -> Self {
        let artefact = Artefact::Executable;
        Self { build_id, artefact }
    }

    #[must_use]
    pub fn source(build_id: BuildId, path: &str) -> Self {
        let artefact = Artefact::Source(path.to_owned());
        Self { build_id, artefact }
    }

    /// Refuses what has no name on a server: short ids, and paths that are not absolute or climb.
    pub(super) fn check(&self) -> Result<(), FetchError> {
        // The protocol wants an even number of at least 8 hexadecimal digits; ids have 16 to 40.
        if !(4..=64).contains(&self.build_id.0.len()) {
            return Err(FetchError::Unnamed("its build-id has no usable length"));
        }
        match &self.artefact {
            Artefact::Source(path) if !path.starts_with('/') => Err(FetchError::Unnamed(
                "its path is not absolute (-trimpath): no server knows it by that",
            )),
            Artefact::Source(path) if path.split('/').any(|part| part == "..") => {
                Err(FetchError::Unnamed("its path climbs with `..`"))
            }
            _ => Ok(()),
        }
    }

    /// `buildid/ID/debuginfo`, to be put behind the address of a server.
    pub(super) fn url_path(&self) -> String {
        match &self.artefact {
            Artefact::Debuginfo => format!("buildid/{}/debuginfo", self.build_id),
            Artefact::Executable => format!("buildid/{}/executable", self.build_id),
            Artefact::Source(path) => {
                format!("buildid/{}/source{}", self.build_id, percent_encoded(path, true))
            }
        }
    }

    /// The same in a tree of files, where nothing is encoded.
    pub(super) fn file_path(&self) -> String {
        match &self.artefact {
            Artefact::Source(path) => format!("buildid/{}/source{path}", self.build_id),
            _ => self.url_path(),
        }
    }

    /// The names it may have in the cache, below the directory of its build; the first is ours.
    ///
    /// Debug files and executables are shared with the C client. What that calls sources is its own
    /// affair and has changed (0.188: `/` to `##`; 0.192: a hash of 32 bits that may collide): the
    /// older spelling is read, ours says the path in full or has a hash of 128 bits.
    pub(super) fn cache_names(&self) -> Vec<String> {
        let Artefact::Source(path) = &self.artefact else {
            let name = match self.artefact {
                Artefact::Executable => "executable",
                _ => "debuginfo",
            };
            return vec![name.to_owned()];
        };
        let whole = format!("source{}", percent_encoded(path, false));
        let own = if whole.len() <= LONGEST_NAME {
            whole
        } else {
            format!("source-{:016x}{:016x}", fnv(path, 0), fnv(path, 1))
        };
        let theirs = format!("source{}", path.replace('#', "#_").replace('/', "##"));
        vec![own, theirs]
    }

    /// For people: "debug information".
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self.artefact {
            Artefact::Debuginfo => "debug information",
            Artefact::Executable => "the executable",
            Artefact::Source(_) => "a source file",
        }
    }
}

/// Everything but the unreserved characters of RFC 3986 as `%XX`: module paths are full of `@`, `!`
/// and `+`, which proxies take in different ways.
fn percent_encoded(path: &str, keep_slash: bool) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || (keep_slash && byte == b'/');
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// FNV-1a of 64 bits; `seed` makes two of them independent enough for a name.
fn fnv(text: &str, seed: u8) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    std::iter::once(seed)
        .chain(text.bytes())
        .fold(start, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str) -> Wanted {
        Wanted::source(BuildId(vec![0xab; 20]), path)
    }

    #[test]
    fn a_path_is_encoded_as_servers_and_proxies_both_take_it() {
        let path = source("/go/pkg/mod/github.com/!burnt/toml@v1.2.3+incompatible/a b.go").url_path();
        assert!(
            path.ends_with("/source/go/pkg/mod/github.com/%21burnt/toml%40v1.2.3%2Bincompatible/a%20b.go"),
            "{path}"
        );
    }

    #[test]
    fn no_path_gets_out_of_its_directory() {
        for path in ["main.go", "/a/../b.go", "/.."] {
            assert!(source(path).check().is_err(), "{path}");
        }
        for path in ["/a/b.go", "/a/..b/c.go"] {
            assert!(source(path).check().is_ok(), "{path}");
            assert!(
                source(path).cache_names().iter().all(|name| !name.contains('/')),
                "{path}"
            );
        }
    }

    #[test]
    fn a_long_path_has_a_short_name_of_its_own() {
        let long = |end: char| source(&format!("/{}{end}.go", "x".repeat(400)));
        let names = long('a').cache_names();
        assert!(names[0].len() < LONGEST_NAME);
        assert_ne!(names[0], long('b').cache_names()[0]);
    }

    #[test]
    fn an_id_of_no_usable_length_is_not_asked_for() {
        assert!(Wanted::debuginfo(BuildId(vec![1, 2, 3])).check().is_err());
        assert!(Wanted::debuginfo(BuildId(vec![0; 65])).check().is_err());
    }
}
