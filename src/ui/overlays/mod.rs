//! What lies over the panes: input lines, lists of actions, menus, pages of text.
//!
//! Overlays are a stack; the top one gets the keys. Each file is one kind: its state, its keys.

mod consent;
mod cores;
mod cores_view;
mod document;
pub mod menu;
mod names;
mod overlay;
mod pager;
mod picker;
mod processes;
mod processes_view;
mod prompt;
mod result;
mod view;

pub use consent::Consent;
pub use cores::CorePicker;
pub use document::{DocLine, Document};
pub use menu::{Choice, Item, Menu};
pub use names::{layout_lines, name_lines};
pub use overlay::{
    Overlay, address_in_row, click, on_key, open_inspector, open_prompt, open_prompt_with, open_text,
};
pub use pager::{Page, Pager, failure_lines};
pub use picker::{Picker, PickerRow};
pub use processes::{ProcessOrder, ProcessPicker};
pub use prompt::{Prompt, PromptKind};
pub use result::ResultView;
pub use view::{draw_footer_prompt, view};
