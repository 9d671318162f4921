//! Reads the config file into [`Config`]. Called once; what it returns is passed down as data.
//!
//! Every key may be left out. What is not understood is a complaint with its line and never keeps
//! a crash from being looked at.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::base::Limits;
use crate::engine::commands::nearest;
use crate::model::{ColorChoice, Config, PathRule};

/// The directory below each XDG directory.
const APPLICATION: &str = "tinydbg-tui";

/// The keys of the file.
const KEYS: [&str; 8] = [
    "theme",
    "color",
    "mouse",
    "ascii",
    "substitute-path",
    "sysroot",
    "debug-dirs",
    "keys",
];

/// The settings of `file`, or of the user's config file when none is named.
#[must_use]
pub fn load(file: Option<&Path>, limits: &Limits) -> Config {
    let home = config_home();
    let mut config = Config {
        mouse: true,
        theme_dirs: home.iter().map(|home| home.join("themes")).collect(),
        ..Config::default()
    };
    let (path, is_named) = match (file, home) {
        (Some(file), _) => (file.to_owned(), true),
        (None, Some(home)) => (home.join("config.toml"), false),
        (None, None) => return config,
    };
    match read(&path, limits.config_bytes) {
        Ok(text) => apply(&mut config, &text, &path),
        // Most people have none.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => {}
        Err(error) => config
            .complaints
            .push(format!("{}: cannot be read: {error}", path.display())),
    }
    config
}

fn config_home() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join(APPLICATION))
}

fn read(path: &Path, limit: u64) -> io::Result<String> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    file.take(limit.saturating_add(1)).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|len| len > limit) {
        return Err(io::Error::other(format!("longer than {limit} bytes")));
    }
    Ok(text)
}

/// Takes over what `text` sets; what cannot be understood is left at its default.
fn apply(config: &mut Config, text: &str, path: &Path) {
    let mut reader = Reader {
        text,
        path,
        complaints: Vec::new(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.complain(at, error.message());
    }
    for (key, value) in table.get_ref() {
        reader.setting(config, key.get_ref(), key.span().start, value);
    }
    config.complaints.append(&mut reader.complaints);
}

/// Checks values and gathers complaints.
struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
    complaints: Vec<String>,
}

type Item<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn setting(&mut self, config: &mut Config, key: &str, at: usize, value: &Item<'_>) {
        match key {
            "theme" => config.theme = self.text(key, value).or(config.theme.take()),
            "color" => config.color = self.color(value).unwrap_or(config.color),
            "mouse" => config.mouse = self.flag(key, value).unwrap_or(config.mouse),
            "ascii" => config.ascii = self.flag(key, value).unwrap_or(config.ascii),
            "sysroot" => config.sysroot = self.text(key, value).map(PathBuf::from),
            "debug-dirs" => {
                let dirs = self.texts(key, value).unwrap_or_default();
                config.debug_dirs = dirs.into_iter().map(PathBuf::from).collect();
            }
            "substitute-path" => config.substitute_path = self.path_rules(value),
            "keys" => self.keys(config, value),
            _ => self.unknown(key, at),
        }
    }

    fn unknown(&mut self, key: &str, at: usize) {
        let hint = match nearest(key, KEYS) {
            Some(known) => format!("; did you mean {known:?}?"),
            None => String::new(),
        };
        self.complain(at, &format!("unknown key {key:?}{hint}"));
    }

    fn complain(&mut self, at: usize, message: &str) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let message = message.lines().next().unwrap_or_default();
        self.complaints
            .push(format!("{}:{line}: {message}", self.path.display()));
    }

    fn wrong<T>(&mut self, key: &str, value: &Item<'_>, expected: &str) -> Option<T> {
        self.complain(value.span().start, &format!("{key} has to be {expected}"));
        None
    }

    fn text(&mut self, key: &str, value: &Item<'_>) -> Option<String> {
        match value.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong(key, value, "a string"),
        }
    }

    fn flag(&mut self, key: &str, value: &Item<'_>) -> Option<bool> {
        match value.get_ref().as_bool() {
            Some(flag) => Some(flag),
            None => self.wrong(key, value, "true or false"),
        }
    }

    fn color(&mut self, value: &Item<'_>) -> Option<ColorChoice> {
        match value.get_ref().as_str() {
            Some("auto") => Some(ColorChoice::Auto),
            Some("always") => Some(ColorChoice::Always),
            Some("never") => Some(ColorChoice::Never),
            _ => self.wrong("color", value, "\"auto\", \"always\" or \"never\""),
        }
    }

    fn texts(&mut self, key: &str, value: &Item<'_>) -> Option<Vec<String>> {
        let Some(items) = value.get_ref().as_array() else {
            return self.wrong(key, value, "a list of strings");
        };
        let texts: Vec<_> = items.iter().filter_map(|item| self.text(key, item)).collect();
        Some(texts)
    }

    /// `[{ from = "/go/src", to = "/mnt/src" }]`.
    fn path_rules(&mut self, value: &Item<'_>) -> Vec<PathRule> {
        const EXPECTED: &str = "a list of { from = \"...\", to = \"...\" }";
        let Some(items) = value.get_ref().as_array() else {
            self.wrong::<()>("substitute-path", value, EXPECTED);
            return Vec::new();
        };
        let mut rules = Vec::new();
        for item in items {
            let part = |name: &str| {
                let table = item.get_ref().as_table()?;
                let (_, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
                value.get_ref().as_str().map(str::to_owned)
            };
            match (part("from"), part("to")) {
                (Some(from), Some(to)) if !from.is_empty() => rules.push(PathRule { from, to }),
                _ => {
                    self.wrong::<()>("substitute-path", item, EXPECTED);
                }
            }
        }
        rules
    }

    /// `action = "key"` or `action = ["key", "key"]`; whether they mean something the screen says.
    fn keys(&mut self, config: &mut Config, value: &Item<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong::<()>("keys", value, "a table");
            return;
        };
        for (action, value) in table {
            let keys = match value.get_ref().as_str() {
                Some(key) => Some(vec![key.to_owned()]),
                None => self.texts(action.get_ref(), value),
            };
            if let Some(keys) = keys {
                config.keys.insert(action.get_ref().to_string(), keys);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Config {
        let mut config = Config::default();
        apply(&mut config, text, Path::new("c.toml"));
        config
    }

    #[test]
    fn every_key_is_taken_over() {
        let config = parsed(
            r#"
theme = "light"
color = "never"
mouse = true
ascii = true
sysroot = "/mnt"
debug-dirs = ["/a", "/b"]
substitute-path = [{ from = "/old", to = "/src" }]
[keys]
quit = "Q"
zoom = ["z", "ctrl-z"]
"#,
        );
        assert_eq!(config.complaints, Vec::<String>::new());
        assert_eq!(config.theme.as_deref(), Some("light"));
        assert_eq!(config.color, ColorChoice::Never);
        assert!(config.mouse && config.ascii);
        assert_eq!(config.sysroot, Some(PathBuf::from("/mnt")));
        assert_eq!(config.debug_dirs, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(config.substitute_path[0].to, "/src");
        assert_eq!(config.keys["quit"], ["Q"]);
        assert_eq!(config.keys["zoom"], ["z", "ctrl-z"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line_and_the_rest_stands() {
        let config = parsed("thme = \"x\"\ncolor = \"red\"\nmouse = 3\nascii = true\n");
        assert_eq!(
            config.complaints,
            [
                "c.toml:2: color has to be \"auto\", \"always\" or \"never\"",
                "c.toml:3: mouse has to be true or false",
                "c.toml:1: unknown key \"thme\"; did you mean \"theme\"?",
            ]
        );
        assert!(config.ascii);
    }

    #[test]
    fn a_line_that_is_no_toml_does_not_hide_the_others() {
        let config = parsed("ascii = true\nmouse = = 1\ntheme = \"dark\"\n");
        assert!(config.ascii);
        assert_eq!(config.theme.as_deref(), Some("dark"));
        assert!(
            config.complaints[0].starts_with("c.toml:2: "),
            "{:?}",
            config.complaints
        );
    }

    #[test]
    fn a_file_that_cannot_be_used_is_a_complaint() {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits::default();
        let missing = load(Some(&dir.path().join("none.toml")), &limits);
        assert!(missing.complaints[0].contains("cannot be read"), "{missing:?}");
        assert!(missing.mouse);
        let directory = load(Some(dir.path()), &limits);
        assert!(directory.complaints[0].contains("not a regular file"));
        let long = dir.path().join("long.toml");
        fs::write(
            &long,
            " ".repeat(usize::try_from(limits.config_bytes).unwrap() + 1),
        )
        .unwrap();
        assert!(load(Some(&long), &limits).complaints[0].contains("longer than 65536 bytes"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parsed(&text);
        }
    }
}
