//! Texts made from the tables: completions, the manual page, the README's list of commands.

use clap::{Arg, CommandFactory};
use clap_complete::Shell;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::Cli;
use crate::engine::commands::COMMANDS;
use crate::ui::action::ACTIONS;

const NAME: &str = "tinydbg-tui";

/// The completion script of a shell.
pub(super) fn completions(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    script
}

/// The manual page, as roff.
#[must_use]
pub fn man_page() -> Vec<u8> {
    let mut page = Vec::new();
    let command = Cli::command();
    let man = clap_mangen::Man::new(command.clone()).manual("User Commands");
    // Writing to memory cannot fail.
    let _ = man.render_title(&mut page);
    let _ = man.render_name_section(&mut page);
    let _ = synopsis().to_writer(&mut page);
    let _ = man.render_description_section(&mut page);
    let shared: Vec<&Arg> = session_options(&command);
    for verb in command.get_subcommands() {
        let own = verb.get_arguments().filter(|arg| !is_among(arg, &shared));
        let title = format!("{NAME} {}", verb.get_name()).to_uppercase();
        let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = arguments(&title, &about, own).to_writer(&mut page);
    }
    let about = "Of core, attach and demo.";
    let _ = arguments("OPTIONS", about, shared.iter().copied()).to_writer(&mut page);
    for section in [commands(), keys(), files(), environment(), exit_status()] {
        let _ = section.to_writer(&mut page);
    }
    page
}

fn synopsis() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    for line in [
        "core [OPTIONS] [EXE] CORE",
        "core [OPTIONS] [EXE] -c CORE",
        "attach [OPTIONS] [PID|NAME]",
        "dump [OPTIONS] PID|NAME",
        "doctor [--json] [PID|NAME]",
        "demo [OPTIONS]",
        "completions SHELL",
        "man",
    ] {
        roff.text([bold(NAME), roman(" "), roman(line)]);
        roff.control("br", []);
    }
    roff
}

/// The options that every session takes: demo has no others.
fn session_options(command: &clap::Command) -> Vec<&Arg> {
    let demo = command.find_subcommand("demo");
    demo.into_iter().flat_map(clap::Command::get_arguments).collect()
}

fn is_among(arg: &Arg, others: &[&Arg]) -> bool {
    others.iter().any(|other| other.get_id() == arg.get_id())
}

fn arguments<'a>(title: &str, about: &str, arguments: impl Iterator<Item = &'a Arg>) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    roff.text([roman(about)]);
    for arg in arguments {
        roff.control("TP", []);
        roff.text([bold(term(arg))]);
        roff.text([roman(arg.get_help().map(ToString::to_string).unwrap_or_default())]);
    }
    roff
}

/// `-c, --core CORE`, or the name of a positional argument.
fn term(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let values = arg.get_value_names().filter(|_| arg.get_action().takes_values());
    let value = values.and_then(|values| values.first()).map(ToString::to_string);
    match (names.is_empty(), value) {
        (true, value) => value.unwrap_or_default(),
        (false, Some(value)) => format!("{} {value}", names.join(", ")),
        (false, None) => names.join(", "),
    }
}

fn commands() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    roff.text([roman(
        "The language of -x, of --script and of the screen's prompt. Several commands on one line are parted by ; and # begins a comment. The beginning of a name is enough where it is clear.",
    )]);
    for spec in COMMANDS {
        roff.control("TP", []);
        roff.text([bold(spec.usage)]);
        let also = match spec.aliases {
            [] => String::new(),
            aliases => format!(" (also: {})", aliases.join(", ")),
        };
        roff.text([roman(format!("{}{also}", spec.summary))]);
        if !spec.details.is_empty() {
            roff.control("nf", []);
            for line in spec.details.lines() {
                roff.text([roman(line)]);
            }
            roff.control("fi", []);
        }
    }
    roff
}

/// The default keys, under the headings of the screen's own help.
fn keys() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["KEYS"]);
    roff.text([roman(
        "Every key can be changed in the configuration file, by the name in brackets.",
    )]);
    let mut group = None;
    for action in ACTIONS {
        if group != Some(action.group) {
            group = Some(action.group);
            roff.control("SS", [action.group.title()]);
        }
        roff.control("TP", []);
        roff.text([bold(action.keys.join("  "))]);
        roff.text([roman(format!("{} [{}]", action.doc, action.name))]);
    }
    roff
}

fn files() -> Roff {
    terms(
        "FILES",
        &[
            (
                "$XDG_CONFIG_HOME/tinydbg-tui/config.toml",
                "settings; every one has a default, and one that is not understood is a warning",
            ),
            ("$XDG_CONFIG_HOME/tinydbg-tui/themes/*.toml", "more themes"),
        ],
    )
}

fn environment() -> Roff {
    terms(
        "ENVIRONMENT",
        &[
            ("NO_COLOR", "no colour, when set and not empty"),
            (
                "TERM, COLORTERM",
                "what the terminal can do; TERM=dumb prints a report instead of opening the screen",
            ),
            ("VISUAL, EDITOR", "the editor for source files"),
            ("GOROOT, GOPATH, GOMODCACHE", "where sources are looked for"),
            (
                "DEBUGINFOD_URLS",
                "servers that may have debug information, executables and sources, parted by blanks; none are asked when it is not set",
            ),
            (
                "DEBUGINFOD_CACHE_PATH, DEBUGINFOD_TIMEOUT, DEBUGINFOD_MAXTIME, DEBUGINFOD_MAXSIZE, DEBUGINFOD_RETRY_LIMIT, DEBUGINFOD_HEADERS_FILE",
                "as debuginfod-find has them",
            ),
        ],
    )
}

fn exit_status() -> Roff {
    terms(
        "EXIT STATUS",
        &[
            ("0", "all went well"),
            (
                "1",
                "opening, or one of the commands, failed; doctor found what stands in the way",
            ),
            ("2", "wrong usage"),
            ("130", "interrupted"),
        ],
    )
}

fn terms(title: &str, rows: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, text) in rows {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*text)]);
    }
    roff
}

/// The table of commands in Markdown, for the README.
#[must_use]
pub fn commands_table() -> String {
    let mut table = String::from("| command | what it does |\n|---|---|\n");
    for spec in COMMANDS {
        let usage = spec.usage.replace('|', "\\|");
        let aliases: String = spec.aliases.iter().map(|alias| format!(", `{alias}`")).collect();
        table.push_str(&format!("| `{usage}`{aliases} | {} |\n", spec.summary));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_page_names_every_command_and_option() {
        let page = String::from_utf8(man_page()).unwrap().replace("\\-", "-");
        for spec in COMMANDS {
            assert!(page.contains(spec.usage), "{}", spec.name);
        }
        for line in [
            "attach [OPTIONS] [PID|NAME]",
            "dump [OPTIONS] PID|NAME",
            "doctor [--json]",
        ] {
            assert!(page.contains(line), "{line}");
        }
        for option in [
            "--substitute-path",
            "--sysroot",
            "--json",
            "--script",
            "--snapshot",
        ] {
            assert!(page.contains(option), "{option}");
        }
        for action in ACTIONS {
            assert!(page.contains(&format!("[{}]", action.name)), "{}", action.name);
        }
    }

    #[test]
    fn each_shell_gets_a_script() {
        for shell in [
            Shell::Bash,
            Shell::Zsh,
            Shell::Fish,
            Shell::Elvish,
            Shell::PowerShell,
        ] {
            let script = String::from_utf8(completions(shell)).unwrap();
            assert!(script.contains("substitute-path"), "{shell}");
        }
    }
}
