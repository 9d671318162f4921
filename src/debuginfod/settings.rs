//! What the environment says of servers, cache and patience: the variables of the C client.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use super::Cache;
use crate::os;

/// Seconds, where DEBUGINFOD_TIMEOUT does not say (elfutils 0.188 to 0.192).
const TIMEOUT: u64 = 90;
const RETRIES: u32 = 2;
/// More servers than anybody has.
const MOST_SERVERS: usize = 32;
/// Longest DEBUGINFOD_HEADERS_FILE read, in bytes.
const HEADER_BYTES: u64 = 64 << 10;

/// The settings of one session.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Addresses without slash at the end, in the order in which they are asked.
    pub servers: Vec<String>,
    pub cache: Option<Cache>,
    /// In each such span a server has to deliver 100 KiB; `None`: it may take for ever.
    pub timeout: Option<Duration>,
    /// Of one transfer in all.
    pub max_time: Option<Duration>,
    /// Of one file, in bytes.
    pub max_size: Option<u64>,
    /// Sent to every server; may hold secrets.
    pub(super) headers: Vec<(String, String)>,
    pub(super) retries: u32,
    /// What was not understood, one sentence each.
    pub complaints: Vec<String>,
}

impl Settings {
    /// Those of this process.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self::from_environment(&|name| std::env::var_os(name))
    }

    #[must_use]
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let number = |name: &str| set(name)?.to_str()?.trim().parse::<i64>().ok();
        let positive = |name: &str| {
            number(name)
                .and_then(|number| u64::try_from(number).ok())
                .filter(|n| *n > 0)
        };
        let mut settings = Self {
            cache: Cache::of_environment(&set),
            timeout: match number("DEBUGINFOD_TIMEOUT") {
                Some(seconds) => u64::try_from(seconds).ok().filter(|seconds| *seconds > 0),
                None => Some(TIMEOUT),
            }
            .map(Duration::from_secs),
            max_time: positive("DEBUGINFOD_MAXTIME").map(Duration::from_secs),
            max_size: positive("DEBUGINFOD_MAXSIZE"),
            retries: positive("DEBUGINFOD_RETRY_LIMIT")
                .and_then(|count| u32::try_from(count).ok())
                .map_or(RETRIES, |count| count.min(10)),
            ..Self::default()
        };
        if let Some(urls) = set("DEBUGINFOD_URLS") {
            settings.take_servers(&urls);
        }
        if let Some(file) = set("DEBUGINFOD_HEADERS_FILE") {
            settings.take_headers(PathBuf::from(file));
        }
        settings
    }

    /// `ima:enforcing` before addresses asks for signatures, which are not checked here: those
    /// servers are left out rather than trusted.
    fn take_servers(&mut self, urls: &OsStr) {
        let mut needs_signature = false;
        for word in urls.to_string_lossy().split_ascii_whitespace() {
            let known = ["http://", "https://", "file:///"]
                .iter()
                .any(|scheme| word.starts_with(scheme));
            match word {
                "ima:enforcing" => needs_signature = true,
                "ima:ignore" | "ima:permissive" => needs_signature = false,
                url if !known => self
                    .complaints
                    .push(format!("{url} in DEBUGINFOD_URLS is no http, https or file address")),
                url if needs_signature => self.complaints.push(format!(
                    "{url} is not asked: DEBUGINFOD_URLS wants its signatures checked, which this program cannot"
                )),
                url if self.servers.len() < MOST_SERVERS => {
                    self.servers.push(url.trim_end_matches('/').to_owned());
                }
                _ => {}
            }
        }
    }

    fn take_headers(&mut self, file: PathBuf) {
        let bytes = match os::read_small(&file, HEADER_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => return self.complaints.push(format!("DEBUGINFOD_HEADERS_FILE: {error}")),
        };
        // What is in there may be a secret: it is named by its line only.
        for (line, text) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            match text.split_once(':') {
                _ if text.trim().is_empty() => {}
                Some((name, value)) if is_token(name) => {
                    self.headers.push((name.to_owned(), value.trim().to_owned()));
                }
                _ => self
                    .complaints
                    .push(format!("{}:{}: no header", file.display(), line + 1)),
            }
        }
    }
}

/// The name of a header (RFC 9110, 5.6.2).
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        let pairs: Vec<(String, OsString)> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
            .collect();
        Settings::from_environment(&|wanted| {
            let mut pairs = pairs.iter();
            pairs
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn servers_are_taken_in_order_and_by_their_scheme() {
        let found = settings(&[(
            "DEBUGINFOD_URLS",
            "https://a.example/ file:///srv/tree ftp://b.example ima:enforcing http://c.example ima:ignore http://d.example/x/",
        )]);
        assert_eq!(
            found.servers,
            ["https://a.example", "file:///srv/tree", "http://d.example/x"]
        );
        assert_eq!(found.complaints.len(), 2, "{:?}", found.complaints);
    }

    #[test]
    fn nothing_set_is_nobody_asked_within_ninety_seconds() {
        let found = settings(&[]);
        assert!(found.servers.is_empty() && found.cache.is_none());
        assert_eq!(found.timeout, Some(Duration::from_secs(90)));
        assert_eq!((found.max_time, found.max_size, found.retries), (None, None, 2));
    }

    #[test]
    fn zero_and_less_mean_no_limit() {
        let found = settings(&[
            ("DEBUGINFOD_TIMEOUT", "-1"),
            ("DEBUGINFOD_MAXSIZE", "0"),
            ("DEBUGINFOD_MAXTIME", "7"),
        ]);
        assert_eq!((found.timeout, found.max_size), (None, None));
        assert_eq!(found.max_time, Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_headers_file_is_read_line_by_line_and_its_secrets_are_not_repeated() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("headers");
        std::fs::write(&file, "Authorization: Bearer s3cret\n\nbroken s3cret\n").unwrap();
        let found = settings(&[("DEBUGINFOD_HEADERS_FILE", file.to_str().unwrap())]);
        assert_eq!(
            found.headers,
            [("Authorization".to_owned(), "Bearer s3cret".to_owned())]
        );
        assert!(
            matches!(&found.complaints[..], [one] if one.ends_with("headers:3: no header")),
            "{:?}",
            found.complaints
        );
    }
}
