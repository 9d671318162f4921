//! The themes that travel inside the program.

/// Name and text, in the order in which they are offered.
const THEMES: [(&str, &str); 8] = [
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("ansi", include_str!("../../../themes/ansi.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
    (
        "high-contrast",
        include_str!("../../../themes/high-contrast.toml"),
    ),
    (
        "high-contrast-light",
        include_str!("../../../themes/high-contrast-light.toml"),
    ),
    ("colour-blind", include_str!("../../../themes/colour-blind.toml")),
    (
        "colour-blind-light",
        include_str!("../../../themes/colour-blind-light.toml"),
    ),
];

/// The text of the built-in theme `name`; American spelling is understood.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static str> {
    let name = name.replacen("color", "colour", usize::from(!name.contains("colour")));
    THEMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// Names of the built-in themes.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    THEMES.iter().map(|(name, _)| *name)
}
