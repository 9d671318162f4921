//! The rows: default keys and what they do.
//!
//! Safety rule: no unmodified letter resumes, steps, kills, detaches or writes to a process. Every
//! function key has an `Alt` twin, because terminals keep F1, F10 and F11 for themselves.

use super::run;
use super::{Action, Group, Needs, Panes};
use crate::ui::app::AppState;

const LISTS: Panes = Panes::GOROUTINES.and(Panes::STACK);

const fn action(
    group: Group,
    name: &'static str,
    keys: &'static [&'static str],
    doc: &'static str,
    run: fn(&mut AppState),
) -> Action {
    Action {
        name,
        doc,
        keys,
        panes: Panes::ALL,
        needs: Needs::Nothing,
        group,
        hint: None,
        run,
    }
}

impl Action {
    const fn only_in(mut self, panes: Panes) -> Self {
        self.panes = panes;
        self
    }

    const fn needing(mut self, needs: Needs) -> Self {
        self.needs = needs;
        self
    }

    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// A row for a live process; without one it says so.
    const fn live(
        name: &'static str,
        keys: &'static [&'static str],
        doc: &'static str,
        run: fn(&mut AppState),
    ) -> Self {
        let mut row = action(Group::Running, name, keys, doc, run);
        row.needs = Needs::Live;
        row
    }
}

use Group::{Copying, Goroutines, Looking, Moving, Panes as PaneGroup, Program};

/// All of them; the order is that of the help, and of the hints in the footer.
pub const ACTIONS: &[Action] = &[
    // Moving
    action(Moving, "up", &["Up", "k"], "one row up", run::up),
    action(Moving, "down", &["Down", "j"], "one row down", run::down),
    action(
        Moving,
        "left",
        &["Left", "h"],
        "fold, or go out; in the source: scroll left",
        run::left,
    ),
    action(
        Moving,
        "right",
        &["Right", "l"],
        "unfold, or go in; in the source: scroll right",
        run::right,
    ),
    action(
        Moving,
        "page-up",
        &["PgUp", "Ctrl-b"],
        "one page up",
        run::page_up,
    ),
    action(
        Moving,
        "page-down",
        &["PgDn", "Ctrl-f"],
        "one page down",
        run::page_down,
    ),
    action(
        Moving,
        "half-page-up",
        &["Ctrl-u"],
        "half a page up",
        run::half_up,
    ),
    action(
        Moving,
        "half-page-down",
        &["Ctrl-d"],
        "half a page down",
        run::half_down,
    ),
    action(Moving, "first", &["gg", "Home"], "to the first row", run::first),
    action(Moving, "last", &["G", "End"], "to the last row", run::last),
    action(
        Moving,
        "enter",
        &["Enter"],
        "go in, open, or show in full",
        run::enter,
    )
    .hint("open"),
    action(
        Moving,
        "back",
        &["Esc"],
        "close, clear the filter, un-zoom, back to the pane before",
        run::back,
    ),
    action(
        Moving,
        "history-back",
        &["H"],
        "back to the goroutine and frame looked at before",
        run::history_back,
    ),
    action(
        Moving,
        "history-forward",
        &["L"],
        "forward again",
        run::history_forward,
    ),
    action(
        Moving,
        "go-to-crash",
        &["Space Space", "gc"],
        "back to the goroutine and frame of the crash",
        run::go_to_crash,
    ),
    // Panes
    action(PaneGroup, "next-pane", &["Tab"], "next pane", run::next_pane),
    action(
        PaneGroup,
        "previous-pane",
        &["Shift-Tab"],
        "previous pane",
        run::previous_pane,
    ),
    action(
        PaneGroup,
        "goroutines-pane",
        &["1"],
        "focus Goroutines",
        run::focus_goroutines,
    ),
    action(PaneGroup, "stack-pane", &["2"], "focus Stack", run::focus_stack),
    action(
        PaneGroup,
        "source-pane",
        &["3", "0"],
        "focus Source",
        run::focus_source,
    ),
    action(
        PaneGroup,
        "variables-pane",
        &["4"],
        "focus Locals, Args, Globals",
        run::focus_variables,
    ),
    action(
        PaneGroup,
        "registers-pane",
        &["5"],
        "focus Registers, Threads, Memory and more",
        run::focus_details,
    ),
    action(PaneGroup, "next-tab", &["]"], "next tab", run::next_tab)
        .only_in(Panes::VARIABLES.and(Panes::DETAILS))
        .hint("tab"),
    action(
        PaneGroup,
        "previous-tab",
        &["["],
        "previous tab",
        run::previous_tab,
    )
    .only_in(Panes::VARIABLES.and(Panes::DETAILS)),
    action(
        PaneGroup,
        "zoom",
        &["z", "+", "_"],
        "focused pane over the whole screen, and back",
        run::zoom,
    ),
    action(
        PaneGroup,
        "narrower",
        &["<"],
        "left column narrower",
        run::narrower,
    ),
    action(PaneGroup, "wider", &[">"], "left column wider", run::wider),
    // Looking
    action(
        Looking,
        "filter",
        &["/"],
        "filter the list; in the source: search",
        run::filter,
    )
    .hint("filter"),
    action(Looking, "next-match", &["n"], "next match", run::next_match),
    action(
        Looking,
        "previous-match",
        &["N"],
        "previous match",
        run::previous_match,
    ),
    action(
        Looking,
        "current-line",
        &["."],
        "back to the line of the selected frame",
        run::current_line,
    ),
    action(
        Looking,
        "code",
        &["i"],
        "source, disassembly, both mixed",
        run::code_mode,
    ),
    action(
        Looking,
        "syntax",
        &["S"],
        "instructions as Intel, GNU or Go writes them",
        run::syntax,
    )
    .only_in(Panes::SOURCE),
    action(
        Looking,
        "crash-card",
        &["c"],
        "why it died, in full",
        run::crash_card,
    )
    .hint("crash"),
    action(
        Looking,
        "inspect",
        &["v"],
        "the selected value or row in full",
        run::inspect,
    )
    .only_in(Panes::VARIABLES.and(Panes::DETAILS))
    .hint("view"),
    action(
        Looking,
        "follow",
        &["f"],
        "follow the pointer: the selected value alone, with what is in it",
        run::follow,
    )
    .only_in(Panes::VARIABLES)
    .hint("follow"),
    action(
        Looking,
        "follow-back",
        &["-"],
        "back to where it was followed from: value, word or jump",
        run::follow_back,
    )
    .only_in(Panes::VARIABLES.and(Panes::DETAILS).and(Panes::SOURCE)),
    action(
        Looking,
        "type",
        &["gt"],
        "the type of the selected value: fields, sizes, methods",
        run::type_in_full,
    )
    .only_in(Panes::VARIABLES),
    action(
        Looking,
        "watch",
        &["w"],
        "watch an expression in every frame",
        run::watch,
    ),
    action(
        Looking,
        "unwatch",
        &["x"],
        "no longer watch the selected expression",
        run::unwatch,
    )
    .only_in(Panes::VARIABLES),
    action(
        Looking,
        "edit-watch",
        &["e"],
        "change the watched expression",
        run::edit_watch,
    )
    .only_in(Panes::VARIABLES),
    action(
        Looking,
        "watch-tab",
        &["Space w"],
        "watched expressions",
        run::watch_tab,
    ),
    action(
        Looking,
        "print",
        &["p"],
        "evaluate an expression; begins with the selected value",
        run::print,
    ),
    action(
        Looking,
        "edit",
        &["e"],
        "open file and line in $VISUAL or $EDITOR",
        run::edit,
    )
    .only_in(Panes::STACK.and(Panes::SOURCE).and(Panes::GOROUTINES)),
    action(
        Looking,
        "messages",
        &["Space m"],
        "everything that was said",
        run::messages,
    ),
    action(Looking, "threads-tab", &["Space T"], "threads", run::threads_tab),
    action(Looking, "map-tab", &["Space M"], "memory map", run::map_tab),
    action(
        Looking,
        "memory-tab",
        &["Space x"],
        "memory: bytes, words, what lies there",
        run::memory_tab,
    ),
    action(
        Looking,
        "memory",
        &["m"],
        "the bytes of the value, or at the address in the row",
        run::memory,
    )
    .only_in(Panes::VARIABLES.and(Panes::DETAILS))
    .hint("memory"),
    action(
        Looking,
        "go-to-address",
        &["ga"],
        "memory at an address, or where an expression points",
        run::go_to_address,
    ),
    action(
        Looking,
        "words",
        &["t"],
        "memory as bytes or as words",
        run::toggle_words,
    )
    .only_in(Panes::DETAILS),
    action(
        Looking,
        "images-tab",
        &["Space i"],
        "images: executable and libraries",
        run::images_tab,
    ),
    action(
        Looking,
        "process-tab",
        &["Space p"],
        "process: arguments, environment, build",
        run::process_tab,
    ),
    action(
        Looking,
        "globals-tab",
        &["Space G"],
        "package variables",
        run::globals_tab,
    ),
    // Goroutines and frames
    action(
        Goroutines,
        "mark",
        &["m"],
        "mark the selected goroutine and frame",
        run::mark,
    )
    .only_in(LISTS.and(Panes::SOURCE)),
    action(
        Goroutines,
        "go-to-mark",
        &["'"],
        "to a marked goroutine and frame",
        run::go_to_mark,
    ),
    action(
        Goroutines,
        "all",
        &["u"],
        "user or all: goroutines and frames of the runtime",
        run::toggle_all,
    )
    .only_in(LISTS)
    .hint("user/all"),
    action(
        Goroutines,
        "sort",
        &["s"],
        "choose the order of goroutines",
        run::sort_menu,
    )
    .only_in(Panes::GOROUTINES)
    .hint("sort"),
    action(
        Goroutines,
        "group",
        &["t"],
        "flat, or grouped by identical stack",
        run::toggle_groups,
    )
    .only_in(Panes::GOROUTINES)
    .hint("group"),
    action(
        Goroutines,
        "group-menu",
        &["T", "Space g"],
        "choose what goroutines are grouped by",
        run::group_menu,
    ),
    action(
        Goroutines,
        "location",
        &["o"],
        "location shown: user, current, go statement, start",
        run::next_location,
    )
    .only_in(Panes::GOROUTINES)
    .hint("location"),
    // Copying
    action(Copying, "copy", &["yy"], "copy the value or row", run::copy_row),
    action(
        Copying,
        "copy-go",
        &["yv"],
        "copy the whole value as Go text",
        run::copy_go,
    )
    .only_in(Panes::VARIABLES),
    action(
        Copying,
        "copy-json",
        &["yj"],
        "copy the whole value as JSON",
        run::copy_json,
    )
    .only_in(Panes::VARIABLES),
    action(
        Copying,
        "copy-name",
        &["yn"],
        "copy the name of the value, with the way to it",
        run::copy_name,
    )
    .only_in(Panes::VARIABLES),
    action(
        Copying,
        "copy-type",
        &["yt"],
        "copy the type of the value",
        run::copy_type,
    )
    .only_in(Panes::VARIABLES),
    action(
        Copying,
        "copy-stack",
        &["ys"],
        "copy the stack as a Go traceback",
        run::copy_stack,
    ),
    action(
        Copying,
        "copy-goroutine",
        &["yg"],
        "copy the goroutine's line",
        run::copy_goroutine,
    ),
    action(
        Copying,
        "copy-address",
        &["ya"],
        "copy the address",
        run::copy_address,
    ),
    action(
        Copying,
        "copy-position",
        &["yp"],
        "copy file:line",
        run::copy_position,
    ),
    action(
        Copying,
        "copy-report",
        &["yr"],
        "copy the crash report",
        run::copy_report,
    ),
    // Running
    Action::live(
        "continue",
        &["F5", "Alt-Enter"],
        "let the process run on",
        run::resume,
    )
    .needing(Needs::Held)
    .hint("run"),
    Action::live("pause", &["F6"], "stop the process for a look", run::pause)
        .needing(Needs::Running)
        .hint("stop"),
    Action::live("dump", &["D"], "write a core dump of the process", run::dump).hint("dump"),
    // Program
    action(Program, "help", &["?", "F1"], "help for this pane", run::help).hint("help"),
    action(Program, "command", &[":"], "command line", run::command).hint("command"),
    action(
        Program,
        "palette",
        &["Ctrl-p", "Space ?"],
        "find any action by name",
        run::palette,
    ),
    action(Program, "theme", &["Space t"], "choose a theme", run::theme_menu),
    action(
        Program,
        "redraw",
        &["Ctrl-l"],
        "draw the screen anew",
        run::redraw,
    ),
    action(
        Program,
        "cancel",
        &["Ctrl-c"],
        "cancel the running job",
        run::cancel,
    ),
    action(
        Program,
        "suspend",
        &["Ctrl-z"],
        "suspend to the shell",
        run::suspend,
    ),
    action(Program, "quit", &["q"], "quit", run::quit).hint("quit"),
];
