use std::time::Duration;

use super::*;
use crate::ui::theme::Scope;

fn spawn() -> (Highlighter, Receiver<HighlightBatch>) {
    let (sender, batches) = unbounded();
    let highlighter = Highlighter::spawn(move |batch| {
        let _ = sender.send(batch);
    });
    (highlighter.unwrap(), batches)
}

fn next(batches: &Receiver<HighlightBatch>) -> HighlightBatch {
    batches.recv_timeout(Duration::from_secs(60)).unwrap()
}

fn request(lines: &Arc<[String]>, visible: Range<usize>) -> HighlightRequest {
    HighlightRequest {
        file: "big.go".into(),
        lines: lines.clone(),
        visible,
    }
}

/// 4,000 lines in functions of four, all inside one raw string that opens in line 1.
fn raw_string_file() -> Arc<[String]> {
    let mut lines = vec!["package main".to_owned(), "var text = `".to_owned()];
    for number in 0..1000 {
        lines.extend([
            format!("func f{number}() {{"),
            "\treturn".to_owned(),
            "}".to_owned(),
            String::new(),
        ]);
    }
    lines.into()
}

fn scope_of(batch: &HighlightBatch, line: usize) -> Option<Scope> {
    batch
        .lines
        .get(line.checked_sub(batch.first)?)?
        .last()
        .map(|span| span.scope)
}

#[test]
fn a_jump_into_the_middle_is_guessed_at_once_and_corrected_later() {
    let lines = raw_string_file();
    let (highlighter, batches) = spawn();
    highlighter.request(request(&lines, 3000..3020));
    let guess = next(&batches);
    assert!(
        !guess.exact && guess.first <= 3000 && guess.first > 2990,
        "{}",
        guess.first
    );
    assert_eq!(scope_of(&guess, 3003), Some(Scope::SyntaxKeyword));
    let exact = loop {
        let batch = next(&batches);
        assert!(batch.exact);
        if (batch.first..batch.first + batch.lines.len()).contains(&3003) {
            break batch;
        }
    };
    assert_eq!(scope_of(&exact, 3003), Some(Scope::SyntaxString));
}

#[test]
fn a_newer_request_puts_the_older_aside_and_both_are_kept_in_mind() {
    let lines = raw_string_file();
    let (highlighter, batches) = spawn();
    highlighter.request(request(&lines, 3900..3950));
    let _ = next(&batches);
    highlighter.request(request(&lines, 0..20));
    // The first request alone would need more than 30 batches to reach its exact lines.
    let mut before = 0;
    while next(&batches).first != 0 {
        before += 1;
    }
    assert!(before < 25, "{before}");
}

#[test]
fn lines_asked_for_again_come_again() {
    let lines: Arc<[String]> = vec!["package main".to_owned(); 300].into();
    let (highlighter, batches) = spawn();
    highlighter.request(request(&lines, 0..300));
    let firsts: Vec<_> = (0..3).map(|_| next(&batches).first).collect();
    assert_eq!(firsts, [0, 128, 256]);
    highlighter.request(request(&lines, 200..210));
    let again = next(&batches);
    assert_eq!(
        (again.first, again.exact, scope_of(&again, 205).is_some()),
        (128, true, true)
    );
}

#[test]
fn a_file_of_unknown_kind_gets_no_answer_and_no_harm() {
    let (highlighter, batches) = spawn();
    let lines: Arc<[String]> = vec!["x".to_owned()].into();
    highlighter.request(HighlightRequest {
        file: "notes.txt".into(),
        ..request(&lines, 0..1)
    });
    highlighter.request(request(&lines, 5..900));
    assert_eq!(next(&batches).file.as_ref(), "big.go");
}

#[test]
fn the_thread_ends_with_its_handle() {
    let (highlighter, batches) = spawn();
    drop(highlighter);
    assert!(batches.recv_timeout(Duration::from_secs(60)).is_err());
}
