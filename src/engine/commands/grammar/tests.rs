//! The grammar's cases as tables: what is understood, and how what is not is told.

use proptest::prelude::*;

use super::*;
use crate::base::Pattern;
use crate::engine::commands::COMMANDS;

fn understood(line: &str) -> UserCommand {
    parse(line).unwrap_or_else(|failure| panic!("{line}: {failure:?}"))
}

fn query(line: &str) -> GoroutinesQuery {
    match understood(line) {
        UserCommand::Goroutines(query) => query,
        other => panic!("{line} gave {other:?}"),
    }
}

fn fault(line: &str) -> Failure {
    match parse(line) {
        Err(failure) => failure,
        Ok(command) => panic!("{line} gave {command:?}"),
    }
}

#[test]
fn each_command_is_known_by_its_names() {
    let table: &[(&str, UserCommand)] = &[
        ("report", UserCommand::Report),
        ("gr", UserCommand::Goroutine(None)),
        ("goroutine 12", UserCommand::Goroutine(Some(GoId(12)))),
        ("threads", UserCommand::Threads),
        ("thread 9", UserCommand::Thread(Tid(9))),
        ("frame 3", UserCommand::Frame(3)),
        ("up", UserCommand::Up(1)),
        ("down 4", UserCommand::Down(4)),
        ("locals", UserCommand::Locals(None)),
        ("locals err", UserCommand::Locals(Some("err".into()))),
        ("args", UserCommand::Args(None)),
        (
            "vars main.",
            UserCommand::Vars(Some(Pattern::parse("main.").unwrap())),
        ),
        ("regs", UserCommand::Registers { all: false }),
        ("regs -a", UserCommand::Registers { all: true }),
        ("libraries", UserCommand::Images),
        ("memmap", UserCommand::MemoryMap),
        ("env", UserCommand::Environment),
        ("info", UserCommand::Info),
        ("help bt", UserCommand::Help(Some("bt".into()))),
        ("exit", UserCommand::Quit),
    ];
    for (line, expected) in table {
        assert_eq!(&understood(line), expected, "{line}");
    }
}

#[test]
fn an_unambiguous_beginning_is_enough() {
    assert_eq!(understood("rep"), UserCommand::Report);
    assert_eq!(understood("loc"), UserCommand::Locals(None));
    assert!(matches!(understood("st"), UserCommand::Stack { .. }));
    assert_eq!(understood("lib"), UserCommand::Images);
    let failure = fault("th");
    assert_eq!(failure.message, "\"th\" can mean threads, thread");
}

#[test]
fn stack_takes_its_arguments_in_any_order() {
    let expected = UserCommand::Stack {
        depth: Some(7),
        full: true,
        goroutine: Some(GoId(3)),
    };
    assert_eq!(understood("bt 7 -full -goroutine 3"), expected);
    assert_eq!(understood("stack -goroutine 3 -full 7"), expected);
    assert_eq!(
        fault("bt seven").hints,
        ["usage: stack [DEPTH] [-full] [-goroutine ID]"]
    );
    assert_eq!(
        fault("vars 'main.(('").message,
        "not a regular expression: unclosed group at character 7 of \"main.((\""
    );
    assert_eq!(fault("bt 7 8").message, "unexpected argument \"8\"");
}

#[test]
fn list_knows_lines_files_and_both() {
    let list = |file: Option<&str>, line| UserCommand::List {
        file: file.map(str::to_owned),
        line,
    };
    assert_eq!(understood("ls"), list(None, None));
    assert_eq!(understood("list 12"), list(None, Some(12)));
    assert_eq!(understood("l main.go:12"), list(Some("main.go"), Some(12)));
    assert_eq!(understood("list main.go"), list(Some("main.go"), None));
    assert_eq!(
        understood("list 'a b/c:d.go:3'"),
        list(Some("a b/c:d.go"), Some(3))
    );
    for wrong in ["list :3", "list main.go:x", "list 0", "list 99999999999"] {
        assert_eq!(fault(wrong).kind, FailureKind::Usage, "{wrong}");
    }
}

#[test]
fn goroutines_takes_the_flags_of_delve() {
    let asked = query("grs -s -t 3 -l -with label io=disk -without user -group label io -limit 5 -sort wait");
    assert_eq!(
        asked,
        GoroutinesQuery {
            location: LocationKind::Start,
            stacks: Some(3),
            labels: true,
            filters: vec![
                GoroutineFilter {
                    negated: false,
                    test: GoroutineTest::Label("io".into(), Some("disk".into())),
                },
                GoroutineFilter {
                    negated: true,
                    test: GoroutineTest::User,
                },
            ],
            group: Some(GroupBy::Key(GroupKey::Label("io".into()))),
            sort: SortKey::Wait,
            limit: Some(5),
        }
    );
    assert_eq!(query("grs -t -l").stacks, Some(GOROUTINE_STACK_DEPTH));
    assert_eq!(
        query("goroutines -w waitreason 'chan receive'").filters[0].test,
        GoroutineTest::WaitReason("chan receive".into())
    );
}

#[test]
fn a_wrong_flag_or_key_names_itself_and_what_is_known() {
    assert!(fault("grs -group colour").message.contains("known are stack,"));
    assert!(
        fault("grs -with colour red")
            .message
            .contains("known are userloc,")
    );
    assert_eq!(fault("grs -limit").message, "the limit is missing");
    assert_eq!(fault("grs -z").message, "unknown flag \"-z\"");
    assert_eq!(fault("grs -exec bt").kind, FailureKind::Unsupported);
}

#[test]
fn an_unknown_command_suggests_the_nearest() {
    assert_eq!(fault("gorotines").hints, ["did you mean `goroutines`?"]);
    assert_eq!(fault("xyzzy").hints, ["`help` lists the commands"]);
    assert_eq!(fault("").kind, FailureKind::Usage);
}

#[test]
fn commands_of_other_versions_say_so() {
    assert!(fault("next").message.starts_with("next is not in this version"));
}

#[test]
fn expressions_are_taken_as_they_are_written() {
    let print = |expression: &str, all| UserCommand::Print {
        expression: expression.to_owned(),
        all,
    };
    assert_eq!(
        parse(r#"p m["a  b"] + '"'"#).unwrap(),
        print(r#"m["a  b"] + '"'"#, false)
    );
    assert_eq!(parse("print -all -x").unwrap(), print("-x", true));
    assert_eq!(fault("print").message, "the expression is missing");
}

#[test]
fn commands_are_carried_out_elsewhere() {
    let within = |select, command| UserCommand::Within {
        select: Box::new(select),
        command: Box::new(command),
    };
    assert_eq!(
        parse("goroutine 12 frame 3 p 'x'").unwrap(),
        within(
            UserCommand::Goroutine(Some(GoId(12))),
            within(
                UserCommand::Frame(3),
                UserCommand::Print {
                    expression: "'x'".into(),
                    all: false
                }
            )
        )
    );
    assert_eq!(
        parse("up locals").unwrap(),
        within(UserCommand::Up(1), UserCommand::Locals(None))
    );
    assert_eq!(fault("frame").message, "the frame is missing");
    assert!(fault("frame x").message.contains("has to be a number"));
    assert_eq!(
        fault(&"frame 1 ".repeat(1000)).message,
        "too many commands in one"
    );
}

#[test]
fn no_two_commands_share_a_name() {
    let mut names: Vec<_> = COMMANDS.iter().flat_map(|spec| spec.names()).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_usage_begins_with_the_name_and_every_summary_is_a_phrase() {
    for spec in COMMANDS {
        assert_eq!(spec.usage.split(' ').next(), Some(spec.name));
        assert!(!spec.summary.ends_with('.'), "{}", spec.name);
        let widest = spec.details.lines().map(str::len).max().unwrap_or(0);
        assert!(widest <= 76, "{} does not fit 80 columns", spec.name);
    }
}

proptest! {
    #[test]
    fn no_line_panics(line in any::<String>(), name in 0..COMMANDS.len()) {
        let _ = parse(&line);
        let _ = parse(&format!("{} {line}", COMMANDS[name].name));
    }
}
