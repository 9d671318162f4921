//! Go versions as the toolchain, its forks and its distributors write them.
//!
//! Owns parsing and order. Here and in `layout.rs` versions are compared; everywhere else a field
//! or a constant of the layout says what a runtime can do.

use std::fmt;

/// A Go version: numbers for order, the text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoVersion {
    /// As recorded in the binary: `go1.27.3-X:mapsplitgroup`, `devel go1.28-abc`.
    pub text: String,
    pub release: Release,
    /// Names after `X:`.
    pub experiments: Vec<String>,
}

/// The numbers of a version. A development build counts as the release it will become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl GoVersion {
    /// Reads a version wherever it stands in `text`; `None` when there is no `go<major>.<minor>`.
    ///
    /// Seen in the wild: `go1.22.2 (Red Hat 1.22.2-1.el9)`, `go1.24 X:synctest`, `go1.20rc1`,
    /// `devel go1.28-c0ffee Mon Mar 2 10:00:00 2026 +0000`, `go1.19.8-debian`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let release = text
            .match_indices("go")
            .find_map(|(at, word)| Release::parse(text.get(at + word.len()..)?))?;
        Some(Self {
            text: text.trim().to_owned(),
            release,
            experiments: experiments(text),
        })
    }
}

impl Release {
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `1.24` or `1.24.3` at the start of `text`; what follows is ignored.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, rest) = number(text)?;
        let (minor, rest) = number(rest.strip_prefix('.')?)?;
        let patch = rest.strip_prefix('.').and_then(number);
        Some(Self::new(major, minor, patch.map_or(0, |(patch, _)| patch)))
    }

    /// Same major and minor number.
    #[must_use]
    pub const fn same_minor(self, other: Self) -> bool {
        self.major == other.major && self.minor == other.minor
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "go{}.{}.{}", self.major, self.minor, self.patch)
    }
}

fn number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, rest))
}

/// `-X:a,b` since 1.25, ` X:a,b` before.
fn experiments(text: &str) -> Vec<String> {
    let Some((_, list)) = text.split_once("X:") else {
        return Vec::new();
    };
    let list = list.split_whitespace().next().unwrap_or_default();
    list.split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Option<Release> {
        GoVersion::parse(text).map(|version| version.release)
    }

    #[test]
    fn every_form_in_the_wild_is_read() {
        for (text, want) in [
            ("go1.27.3", (1, 27, 3)),
            ("go1.27.3-X:mapsplitgroup", (1, 27, 3)),
            ("go1.24 X:synctest,aliastypeparams", (1, 24, 0)),
            ("devel go1.28-0a1b2c3 Mon Mar 2 10:00:00 2026 +0000", (1, 28, 0)),
            ("go1.22.2 (Red Hat 1.22.2-1.el9)", (1, 22, 2)),
            ("go1.20rc1", (1, 20, 0)),
            ("go1.19.8-google", (1, 19, 8)),
            ("go2.0", (2, 0, 0)),
        ] {
            assert_eq!(
                release(text),
                Some(Release::new(want.0, want.1, want.2)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_names_no_version_is_none() {
        for text in ["", "go", "devel +a1b2c3 Tue", "gone", "go1", "go99999999999.1"] {
            assert_eq!(release(text), None, "{text}");
        }
    }

    #[test]
    fn versions_order_by_number_not_by_text() {
        assert!(release("go1.9") < release("go1.10"));
        assert!(release("go1.21.13") < release("go1.22"));
    }

    #[test]
    fn experiments_are_kept() {
        let version = GoVersion::parse("go1.27.3-X:mapsplitgroup,jsonv2").unwrap();
        assert_eq!(version.experiments, ["mapsplitgroup", "jsonv2"]);
    }
}
