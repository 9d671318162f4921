//! A theme by name: finds files, follows `inherits`, fills gaps, degrades to the terminal's tier.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ratatui::style::{Color, Style};

use super::file::{Complaint, ThemeFile};
use super::style_text::Palette;
use super::{Scope, Tier, builtin, builtin_names, degrade};
use crate::base::{Limits, visible};
use crate::model::{GoStatus, Role};
use crate::ui::widgets::Glyphs;

/// Themes that may inherit from one another in a row.
const MAX_ANCESTORS: usize = 8;

/// How everything looks. Cheap to keep, passed by reference to whatever draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    pub name: String,
    pub tier: Tier,
    /// The signs to draw with.
    pub glyphs: &'static Glyphs,
    /// The colour assumed (or painted) behind text; `None` when the terminal decides.
    pub background: Option<Color>,
    styles: Vec<Style>,
}

/// A theme, and what was wrong on the way to it.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub theme: Theme,
    pub complaints: Vec<Complaint>,
}

impl Theme {
    /// The style of a scope. A patch: what it leaves out stays as it was on the screen.
    #[must_use]
    pub fn style(&self, scope: Scope) -> Style {
        self.styles.get(scope as usize).copied().unwrap_or_default()
    }

    /// The style of a run of value text.
    #[must_use]
    pub fn role(&self, role: Role) -> Style {
        self.style(Scope::of_role(role))
    }

    /// The style of a goroutine's state.
    #[must_use]
    pub fn status(&self, status: GoStatus) -> Style {
        self.style(Scope::of_status(status))
    }

    /// The same theme drawn with other signs.
    #[must_use]
    pub fn with_glyphs(mut self, glyphs: &'static Glyphs) -> Self {
        self.glyphs = glyphs;
        self
    }
}

impl Default for Theme {
    /// The dark theme, in full colour.
    fn default() -> Self {
        load("dark", Tier::TrueColor, &[], &Limits::default()).theme
    }
}

/// Loads the theme `name` from `directories` (`name.toml`, earlier ones win), then from the
/// built-in ones. An unknown name yields the dark theme and a complaint.
#[must_use]
pub fn load(name: &str, tier: Tier, directories: &[PathBuf], limits: &Limits) -> Loaded {
    let mut complaints = Vec::new();
    let chain = collect(name, directories, limits, &mut complaints);
    let palette = chain
        .iter()
        .rev()
        .flat_map(|(source, text)| ThemeFile::parse(source, text, &Palette::new(), tier).1)
        .collect::<Palette>();
    let mut named = vec![None; Scope::ALL.len()];
    let mut background = None;
    let mut paint = false;
    for (source, text) in chain.iter().rev() {
        let (file, _, said) = ThemeFile::parse(source, text, &palette, tier);
        complaints.extend(said);
        background = file.background.or(background);
        paint = file.paint_background.unwrap_or(paint);
        for (scope, style) in file.styles {
            if let Some(slot) = named.get_mut(scope as usize) {
                *slot = Some(style);
            }
        }
    }
    let background = background.filter(|color| *color != Color::Reset);
    let mut styles: Vec<_> = Scope::ALL
        .iter()
        .map(|scope| degrade(resolve(*scope, &named), tier))
        .collect();
    if let (true, Some(color), Some(slot)) = (paint, background, styles.get_mut(Scope::Background as usize)) {
        *slot = degrade(slot.bg(color), tier);
    }
    Loaded {
        theme: Theme {
            name: name.to_owned(),
            tier,
            glyphs: &Glyphs::UNICODE,
            background: background.filter(|_| tier != Tier::None),
            styles,
        },
        complaints,
    }
}

/// Names of all themes that [`load`] would find: the built-in ones, then the user's, sorted.
#[must_use]
pub fn names(directories: &[PathBuf]) -> Vec<String> {
    let mut own: Vec<_> = directories
        .iter()
        .filter_map(|directory| directory.read_dir().ok())
        .flat_map(|entries| entries.flatten().take(1000))
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .filter(|name| builtin(name).is_none())
        .collect();
    own.sort();
    own.dedup();
    builtin_names().map(str::to_owned).chain(own).collect()
}

/// The style a scope has: its own, else its nearest ancestor's.
fn resolve(scope: Scope, named: &[Option<Style>]) -> Style {
    let mut at = Some(scope);
    while let Some(scope) = at {
        if let Some(Some(style)) = named.get(scope as usize) {
            return *style;
        }
        at = scope.parent();
    }
    Style::new()
}

/// The texts of a theme and those it inherits from, itself first.
fn collect(
    name: &str,
    directories: &[PathBuf],
    limits: &Limits,
    complaints: &mut Vec<Complaint>,
) -> Vec<(String, String)> {
    let mut chain: Vec<(String, String)> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next.take() {
        let again = chain.iter().any(|(seen, _)| *seen == name);
        // A user's "dark" may build on the built-in "dark".
        let text = if again {
            builtin(&name).map(str::to_owned)
        } else {
            find(&name, directories, limits, complaints)
        };
        let known =
            text.filter(|text| chain.len() < MAX_ANCESTORS && chain.iter().all(|(_, seen)| seen != text));
        let Some(text) = known else {
            complaints.push(Complaint {
                source: visible(&name).into_owned(),
                line: None,
                message: if again {
                    "inherits from itself"
                } else {
                    "no such theme"
                }
                .to_owned(),
            });
            if chain.is_empty() {
                chain.extend(builtin("dark").map(|text| ("dark".to_owned(), text.to_owned())));
            }
            break;
        };
        next = ThemeFile::parse(&name, &text, &Palette::new(), Tier::None)
            .0
            .inherits;
        chain.push((name, text));
    }
    chain
}

fn find(
    name: &str,
    directories: &[PathBuf],
    limits: &Limits,
    complaints: &mut Vec<Complaint>,
) -> Option<String> {
    // A name is one path component: nothing outside the directories can be meant.
    let plain = !name.is_empty() && !name.contains(['/', '\0']) && !name.starts_with('.');
    for directory in directories.iter().filter(|_| plain) {
        let path = directory.join(format!("{name}.toml"));
        match read_text(&path, limits.config_bytes) {
            Ok(Some(text)) => return Some(text),
            Ok(None) => {}
            Err(message) => complaints.push(Complaint {
                source: visible(&path.to_string_lossy()).into_owned(),
                line: None,
                message,
            }),
        }
    }
    builtin(name).map(str::to_owned)
}

/// A file's text; `None` when there is no such file.
fn read_text(path: &Path, most: u64) -> Result<Option<String>, String> {
    match path.metadata() {
        Ok(facts) if !facts.is_file() => return Err("not a file".to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(error.to_string()),
        Ok(count) if u64::try_from(count).is_ok_and(|count| count > most) => {
            Err(format!("longer than {most} bytes, not read"))
        }
        Ok(_) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
    }
}

#[cfg(test)]
mod tests;
