//! Every name that a theme can give a look to, in one table.
//!
//! A scope that a theme leaves out takes the style of its parent: `header.badge.live` falls back
//! to `header.badge`, then to `header`, then to `text`.

use crate::model::{GoStatus, Role};

macro_rules! scopes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What a piece of the screen is. The theme says how it looks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Scope {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that theme files use.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

scopes! {
    /// Ordinary text.
    Text = "text",
    /// Less important text.
    TextDim = "text.dim",
    /// Text that stands out.
    TextStrong = "text.strong",
    /// The whole screen, below everything.
    Background = "background",
    /// Frame of a pane.
    Border = "border",
    /// Frame of the pane that has the focus.
    BorderFocused = "border.focused",
    /// Title of a pane.
    Title = "title",
    /// Title of the pane that has the focus.
    TitleFocused = "title.focused",
    /// Counts, filters and paths beside a title.
    TitleNote = "title.note",
    /// A tab that is not shown.
    Tab = "tab",
    /// The tab that is shown.
    TabActive = "tab.active",
    /// First line of the screen.
    Header = "header",
    /// Kind of session.
    HeaderBadge = "header.badge",
    /// Kind of session: a core dump.
    HeaderBadgeCore = "header.badge.core",
    /// Kind of session: a live process, stopped.
    HeaderBadgeLive = "header.badge.live",
    /// Kind of session: a live process that runs.
    HeaderBadgeRunning = "header.badge.running",
    /// Why the program stopped.
    HeaderVerdict = "header.verdict",
    /// Counts and versions.
    HeaderFact = "header.fact",
    /// Last line of the screen.
    Footer = "footer",
    /// A key.
    FooterKey = "footer.key",
    /// What a key does.
    FooterHint = "footer.hint",
    /// A key that does nothing now.
    FooterDisabled = "footer.disabled",
    /// A short message in the footer.
    FooterMessage = "footer.message",
    /// The sign before an input line.
    Prompt = "prompt",
    /// Typed text.
    Input = "input",
    /// The cursor in typed text.
    InputCursor = "input.cursor",
    /// What could be typed.
    InputPlaceholder = "input.placeholder",
    /// The selected row of the pane that has the focus.
    Selection = "selection",
    /// The selected row of another pane.
    SelectionUnfocused = "selection.unfocused",
    /// The sign before the selected row.
    SelectionMark = "selection.mark",
    /// The line at which a frame stands.
    CurrentLine = "current_line",
    /// Sign before that line.
    CurrentLineMark = "current_line.mark",
    /// Line numbers.
    LineNumber = "line_number",
    /// Line number of the line at which a frame stands.
    LineNumberCurrent = "line_number.current",
    /// Text that a search or a filter found.
    Match = "match",
    /// The match that the cursor is on.
    MatchCurrent = "match.current",
    /// Done part of a gauge.
    GaugeFilled = "gauge.filled",
    /// Open part of a gauge.
    GaugeRest = "gauge.rest",
    /// Thumb of a scrollbar.
    Scrollbar = "scrollbar",
    /// Vertical lines in a tree.
    TreeGuide = "tree.guide",
    /// Signs that unfold and fold.
    TreeFold = "tree.fold",
    /// A box over the screen.
    Popup = "popup",
    /// Its frame.
    PopupBorder = "popup.border",
    /// Its title.
    PopupTitle = "popup.title",
    /// A key named in it.
    PopupKey = "popup.key",
    /// Bytes of memory.
    Memory = "memory",
    /// Bytes that are zero.
    MemoryZero = "memory.zero",
    /// Bytes of a field; neighbours take turns with the other band.
    MemoryBand = "memory.band",
    /// Bytes of the field after it.
    MemoryBandOther = "memory.band.other",
    /// The byte under the cursor.
    MemoryCursor = "memory.cursor",
    /// Arrows from jumps to where they lead.
    Jump = "jump",
    /// Arrows of the instruction under the cursor.
    JumpCurrent = "jump.current",
    /// The runtime's own frames and goroutines.
    RuntimeFrame = "runtime_frame",
    /// A call that the compiler inlined.
    Inlined = "inlined",
    /// The goroutine or thread that brought the program down.
    Guilty = "guilty",
    /// Group headings, counts of alike rows.
    Group = "group",
    /// Labels.
    Label = "label",
    /// A line with a breakpoint.
    Breakpoint = "breakpoint",
    /// Something changed since the last stop.
    Changed = "changed",
    /// Good news.
    Success = "success",
    /// Something to know before believing what is shown.
    Warning = "warning",
    /// Something failed.
    Error = "error",
    /// Work in progress.
    Busy = "busy",
    /// State of a goroutine.
    Status = "status",
    /// It could run.
    StatusRunnable = "status.runnable",
    /// It runs.
    StatusRunning = "status.running",
    /// It is in a system call.
    StatusSyscall = "status.syscall",
    /// It waits.
    StatusWaiting = "status.waiting",
    /// Its stack is being moved.
    StatusCopystack = "status.copystack",
    /// It was stopped by the scheduler.
    StatusPreempted = "status.preempted",
    /// It waits for ever.
    StatusLeaked = "status.leaked",
    /// No known state.
    StatusUnknown = "status.unknown",
    /// Value text: anything else.
    Role = "role",
    /// Value text: names of variables and fields.
    RoleName = "role.name",
    /// Value text: types.
    RoleType = "role.type",
    /// Value text: numbers.
    RoleNumber = "role.number",
    /// Value text: strings.
    RoleText = "role.text",
    /// Value text: addresses.
    RoleAddress = "role.address",
    /// Value text: nil, true, false.
    RoleKeyword = "role.keyword",
    /// Value text: braces, commas.
    RolePunctuation = "role.punctuation",
    /// Value text: functions.
    RoleFunction = "role.function",
    /// Value text: less important.
    RoleDim = "role.dim",
    /// Value text: missing, unreadable, optimised away.
    RoleMissing = "role.missing",
    /// Value text: errors.
    RoleError = "role.error",
    /// Value text: a guess.
    RoleDoubtful = "role.doubtful",
    /// Source text: anything else.
    Syntax = "syntax",
    /// Source text: keywords.
    SyntaxKeyword = "syntax.keyword",
    /// Source text: types.
    SyntaxType = "syntax.type",
    /// Source text: functions.
    SyntaxFunction = "syntax.function",
    /// Source text: strings and runes.
    SyntaxString = "syntax.string",
    /// Source text: escapes inside strings.
    SyntaxEscape = "syntax.escape",
    /// Source text: numbers.
    SyntaxNumber = "syntax.number",
    /// Source text: comments.
    SyntaxComment = "syntax.comment",
    /// Source text: operators.
    SyntaxOperator = "syntax.operator",
    /// Source text: nil, true, iota and constants of the language.
    SyntaxConstant = "syntax.constant",
    /// Source text: functions and types of the language itself.
    SyntaxBuiltin = "syntax.builtin",
    /// Source text: package names, labels, directives.
    SyntaxLabel = "syntax.label",
    /// Source text: registers.
    SyntaxRegister = "syntax.register",
    /// Source text: braces, commas.
    SyntaxPunctuation = "syntax.punctuation",
}

impl Scope {
    /// The scope of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.name() == name)
    }

    /// Where a style comes from when the theme says nothing of this scope.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Text | Self::Background => None,
            _ => {
                let mut name = self.name();
                while let Some((shorter, _)) = name.rsplit_once('.') {
                    if let Some(parent) = Self::from_name(shorter) {
                        return Some(parent);
                    }
                    name = shorter;
                }
                Some(Self::Text)
            }
        }
    }

    /// The scope of a run of value text.
    #[must_use]
    pub fn of_role(role: Role) -> Self {
        match role {
            Role::Plain => Self::Role,
            Role::Name => Self::RoleName,
            Role::TypeName => Self::RoleType,
            Role::Number => Self::RoleNumber,
            Role::Text => Self::RoleText,
            Role::Address => Self::RoleAddress,
            Role::Keyword => Self::RoleKeyword,
            Role::Punctuation => Self::RolePunctuation,
            Role::Function => Self::RoleFunction,
            Role::Dim => Self::RoleDim,
            Role::Missing => Self::RoleMissing,
            Role::Error => Self::RoleError,
            Role::Doubtful => Self::RoleDoubtful,
        }
    }

    /// The scope of a goroutine's state.
    #[must_use]
    pub fn of_status(status: GoStatus) -> Self {
        match status {
            GoStatus::Runnable => Self::StatusRunnable,
            GoStatus::Running => Self::StatusRunning,
            GoStatus::Syscall => Self::StatusSyscall,
            GoStatus::Waiting => Self::StatusWaiting,
            GoStatus::Copystack => Self::StatusCopystack,
            GoStatus::Preempted => Self::StatusPreempted,
            GoStatus::Leaked => Self::StatusLeaked,
            GoStatus::Unknown => Self::StatusUnknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_name(scope.name()), Some(*scope));
        }
    }

    #[test]
    fn every_scope_ends_at_text_or_background() {
        for scope in Scope::ALL {
            let mut at = *scope;
            for _ in 0..8 {
                match at.parent() {
                    Some(parent) => at = parent,
                    None => break,
                }
            }
            assert!(matches!(at, Scope::Text | Scope::Background), "{}", scope.name());
        }
    }
}
