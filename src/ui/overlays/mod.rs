//! What lies over the panes: input lines, lists of actions, menus, pages of text.
//!
//! Overlays are a stack; the top one gets the keys. Each file is one kind: its state, its keys.

pub mod menu;
mod overlay;
mod pager;
mod picker;
mod processes;
mod processes_view;
mod prompt;
mod view;

pub use menu::{Choice, Item, Menu};
pub use overlay::{Overlay, click, on_key, open_inspector, open_prompt};
pub use pager::{Page, Pager};
pub use picker::{Picker, PickerRow};
pub use processes::{ProcessOrder, ProcessPicker};
pub use prompt::{Prompt, PromptKind};
pub use view::{draw_footer_prompt, view};
