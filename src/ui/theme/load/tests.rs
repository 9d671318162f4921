use std::fs;

use ratatui::style::Modifier;

use super::*;
use crate::ui::theme::color::{contrast, rgb};

fn load_plain(name: &str) -> Theme {
    let loaded = load(name, Tier::TrueColor, &[], &Limits::default());
    assert_eq!(loaded.complaints, [], "theme {name}");
    loaded.theme
}

fn user_theme(name: &str, text: &str) -> (Loaded, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(format!("{name}.toml")), text).unwrap();
    let loaded = load(
        name,
        Tier::TrueColor,
        &[directory.path().to_owned()],
        &Limits::default(),
    );
    (loaded, directory)
}

/// Scopes whose foreground is not read as text.
fn is_drawing(scope: Scope) -> bool {
    matches!(
        scope,
        Scope::Border | Scope::GaugeRest | Scope::TreeGuide | Scope::Background
    )
}

#[test]
fn every_shipped_theme_loads_without_complaint_and_names_every_scope() {
    for name in builtin_names() {
        let mut said = std::collections::BTreeSet::new();
        for (source, text) in collect(name, &[], &Limits::default(), &mut Vec::new()) {
            let (file, ..) = ThemeFile::parse(&source, &text, &Palette::new(), Tier::TrueColor);
            said.extend(file.styles.into_iter().map(|(scope, _)| scope));
        }
        let missing: Vec<_> = Scope::ALL.iter().filter(|scope| !said.contains(scope)).collect();
        assert!(missing.is_empty(), "{name} says nothing of {missing:?}");
        load_plain(name);
    }
}

#[test]
fn text_of_every_coloured_theme_reaches_the_contrast_of_wcag() {
    let mut weak = Vec::new();
    let tiers = [Tier::TrueColor, Tier::Indexed256];
    for (name, tier) in builtin_names().flat_map(|name| tiers.map(|tier| (name, tier))) {
        let theme = load(name, tier, &[], &Limits::default()).theme;
        let Some(background) = theme.background.and_then(rgb) else {
            assert!(matches!(name, "ansi" | "mono"), "{name} assumes no background");
            continue;
        };
        let wanted = if name.starts_with("high-contrast") {
            7.0
        } else {
            4.5
        };
        let behind = |scope: Scope| theme.style(scope).bg.and_then(rgb).unwrap_or(background);
        let rows = [
            Scope::Selection,
            Scope::SelectionUnfocused,
            Scope::CurrentLine,
            Scope::Popup,
            Scope::Header,
            Scope::Footer,
        ]
        .map(behind);
        for scope in Scope::ALL.iter().copied().filter(|scope| !is_drawing(*scope)) {
            let style = theme.style(scope);
            let Some(text) = style.fg.and_then(rgb) else {
                continue;
            };
            let grounds = if style.bg.is_some() {
                vec![behind(scope)]
            } else {
                [vec![background], rows.to_vec()].concat()
            };
            for ground in grounds {
                let got = contrast(text, ground);
                if got < wanted {
                    weak.push(format!(
                        "{name}: {} {text:?} on {ground:?} has {got:.2}",
                        scope.name()
                    ));
                }
            }
        }
    }
    assert!(weak.is_empty(), "{}", weak.join("\n"));
}

#[test]
fn the_ansi_theme_uses_nothing_that_vanishes_on_dark_or_on_light() {
    let theme = load_plain("ansi");
    let safe = [
        Color::Reset,
        Color::Red,
        Color::Green,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
    ];
    for scope in Scope::ALL {
        let style = theme.style(*scope);
        assert!(
            style.fg.is_none_or(|color| safe.contains(&color)),
            "{}",
            scope.name()
        );
        assert!(
            style.bg.is_none_or(|color| color == Color::Reset),
            "{}",
            scope.name()
        );
    }
}

#[test]
fn the_mono_theme_tells_selection_focus_and_match_apart_by_attribute_alone() {
    let theme = load("mono", Tier::None, &[], &Limits::default()).theme;
    for scope in Scope::ALL {
        assert_eq!(
            (theme.style(*scope).fg, theme.style(*scope).bg),
            (None, None),
            "{}",
            scope.name()
        );
    }
    assert!(
        theme
            .style(Scope::Selection)
            .add_modifier
            .contains(Modifier::REVERSED)
    );
    assert!(
        theme
            .style(Scope::TitleFocused)
            .add_modifier
            .contains(Modifier::REVERSED)
    );
    assert!(
        theme
            .style(Scope::Match)
            .add_modifier
            .contains(Modifier::UNDERLINED)
    );
    assert!(
        theme
            .style(Scope::RuntimeFrame)
            .add_modifier
            .contains(Modifier::DIM)
    );
}

#[test]
fn an_heir_recolours_what_it_inherits_and_overrides_single_scopes() {
    let (loaded, _directory) = user_theme(
        "mine",
        "inherits = \"dark\"\n[palette]\nblue = \"#010203\"\n[styles]\nguilty = \"green\"\n",
    );
    assert_eq!(loaded.complaints, []);
    let dark = load_plain("dark");
    assert_eq!(
        loaded.theme.style(Scope::BorderFocused).fg,
        Some(Color::Rgb(1, 2, 3))
    );
    assert_eq!(
        loaded.theme.style(Scope::Guilty).fg,
        dark.style(Scope::Success).fg
    );
    assert_eq!(loaded.theme.style(Scope::Warning), dark.style(Scope::Warning));
}

#[test]
fn a_users_dark_may_build_on_the_built_in_dark() {
    let (loaded, directory) = user_theme("dark", "inherits = \"dark\"\npaint_background = false\n");
    assert_eq!(loaded.complaints, []);
    assert_eq!(loaded.theme.style(Scope::Background).bg, None);
    assert_eq!(
        loaded.theme.style(Scope::Error),
        load_plain("dark").style(Scope::Error)
    );
    assert_eq!(
        names(&[directory.path().to_owned()]).len(),
        builtin_names().count()
    );
}

#[test]
fn circles_unknown_names_and_huge_files_end_in_a_complaint_not_in_a_refusal() {
    let (circle, _directory) = user_theme("mine", "inherits = \"mine\"\n");
    assert_eq!(
        circle.complaints[0].to_string(),
        "theme mine: inherits from itself"
    );
    let unknown = load("nope", Tier::TrueColor, &[], &Limits::default());
    assert_eq!(unknown.complaints[0].to_string(), "theme nope: no such theme");
    assert_eq!(
        unknown.theme.style(Scope::Error),
        load_plain("dark").style(Scope::Error)
    );
    let outside = load(
        "../dark",
        Tier::TrueColor,
        &[std::env::temp_dir()],
        &Limits::default(),
    );
    assert_eq!(outside.complaints[0].message, "no such theme");
    let (huge, _directory) = user_theme("big", &"#".repeat(70_000));
    assert_eq!(huge.complaints[0].message, "longer than 65536 bytes, not read");
}

#[test]
fn american_spelling_finds_the_same_theme() {
    assert_eq!(builtin("color-blind"), builtin("colour-blind"));
    assert!(builtin("color-blind").is_some());
}
