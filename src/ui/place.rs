//! The places of the screen by name: panes and the tabs in them.

/// A pane; the order is that of their digits and of Tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    #[default]
    Goroutines,
    Stack,
    Source,
    Variables,
    Details,
}

/// What one of the tabbed panes shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tab {
    Locals,
    Args,
    Globals,
    Watch,
    Registers,
    Threads,
    Memory,
    Map,
    Images,
    Process,
    Crash,
}

impl Pane {
    pub const ALL: [Self; 5] = [
        Self::Goroutines,
        Self::Stack,
        Self::Source,
        Self::Variables,
        Self::Details,
    ];

    /// The key that focuses it.
    #[must_use]
    pub fn digit(self) -> char {
        match self {
            Self::Goroutines => '1',
            Self::Stack => '2',
            Self::Source => '3',
            Self::Variables => '4',
            Self::Details => '5',
        }
    }

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Goroutines => "Goroutines",
            Self::Stack => "Stack",
            Self::Source => "Source",
            Self::Variables => "Variables",
            Self::Details => "Registers",
        }
    }

    /// Three letters for the tab line of a small screen.
    #[must_use]
    pub fn abbreviation(self) -> &'static str {
        match self {
            Self::Goroutines => "Gor",
            Self::Stack => "Stk",
            Self::Source => "Src",
            Self::Variables => "Var",
            Self::Details => "Reg",
        }
    }

    #[must_use]
    pub fn next(self, steps: usize) -> Self {
        let at = Self::ALL.iter().position(|pane| *pane == self).unwrap_or(0);
        Self::ALL[(at + steps) % Self::ALL.len()]
    }

    /// The tabs it has; none means that it shows one thing.
    #[must_use]
    pub fn tabs(self) -> &'static [Tab] {
        match self {
            Self::Variables => &Tab::ALL[..4],
            Self::Details => &Tab::ALL[4..],
            _ => &[],
        }
    }
}

impl Tab {
    pub const ALL: [Self; 11] = [
        Self::Locals,
        Self::Args,
        Self::Globals,
        Self::Watch,
        Self::Registers,
        Self::Threads,
        Self::Memory,
        Self::Map,
        Self::Images,
        Self::Process,
        Self::Crash,
    ];

    #[must_use]
    pub fn pane(self) -> Pane {
        match self {
            Self::Locals | Self::Args | Self::Globals | Self::Watch => Pane::Variables,
            _ => Pane::Details,
        }
    }

    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Locals => "Locals",
            Self::Args => "Args",
            Self::Globals => "Globals",
            Self::Watch => "Watch",
            Self::Registers => "Regs",
            Self::Threads => "Threads",
            Self::Memory => "Memory",
            Self::Map => "Map",
            Self::Images => "Images",
            Self::Process => "Process",
            Self::Crash => "Crash",
        }
    }
}
