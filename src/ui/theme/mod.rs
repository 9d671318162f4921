//! How things look: scope names to styles, read from TOML.
//!
//! Owns the list of [`Scope`]s, the themes that travel inside the program and those of the user,
//! the tiers of colour a terminal may have, and the choice among all of these. Knows nothing of
//! panes, keys or the state of the program. Colours appear nowhere else in `ui`.
//!
//! ```text
//!   themes/dark.toml --parse--> ThemeFile --resolve(inherits)--> styles --degrade(Tier)--> Theme
//! ```
//!
//! Start at [`choose`] (which theme, how many colours), then [`load`].

mod builtin;
mod choose;
mod color;
mod file;
mod load;
mod scope;
mod style_text;

pub use builtin::{builtin, builtin_names};
pub use choose::{
    Background, Choice, Surroundings, background_from_colorfgbg, background_from_osc11, choose,
    locale_is_utf8,
};
pub use color::{Tier, contrast, degrade, rgb};
pub use file::{Complaint, ThemeFile};
pub use load::{Loaded, Theme, load, names};
pub use scope::Scope;
