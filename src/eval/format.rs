//! Values as text: one line, Go's syntax, cut where it gets long. Besides `summaries`, which know what
//! single types mean, the only place that makes runs for a value.

use crate::base::{Addr, visible_len_is_same};
use crate::go::{Channel, Waiters};
use crate::model::{Role, Runs, Value};

/// Characters of one line after which parts are left out and counted instead.
const LINE: usize = 400;

/// What a loader found, before it is text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Datum<'d> {
    Bool(bool),
    Int(i64),
    Uint(u64),
    /// A number, which the summary is until now, by its name.
    Named(&'d str),
    Float32(f32),
    Float64(f64),
    Complex(f64, f64),
    /// Bytes of a string, and how many more it has.
    Text {
        bytes: &'d [u8],
        left_out: u64,
    },
    Nil,
    /// An address of which no more is shown.
    Address(Addr),
    /// What a pointer points to.
    Pointee(&'d Value),
    Struct,
    Array,
    Slice,
    /// A slice of bytes, and how its bytes are written.
    Bytes(&'d Runs),
    /// A function, by its full name.
    Func(&'d str),
    /// A channel.
    Chan(&'d Channel),
    /// A map; whether somebody was writing to it.
    Map {
        being_written: bool,
    },
    /// What an interface holds.
    Dynamic(&'d Value),
    /// A value of a type that is known by name only, and where it is.
    Opaque(&'d str, Addr),
    /// No value: why.
    Missing(&'d str),
    /// Something wrong with what was read: why.
    Damaged(&'d str),
}

/// The one-line text of `value`, whose other fields are filled in.
pub(crate) fn summary(value: &Value, datum: Datum<'_>) -> Runs {
    match datum {
        Datum::Bool(set) => Runs::of(set.to_string(), Role::Keyword),
        Datum::Int(number) => Runs::of(number.to_string(), Role::Number),
        Datum::Uint(number) => Runs::of(number.to_string(), Role::Number),
        Datum::Named(name) => {
            let mut runs = Runs::of(name, Role::Name);
            runs.push(" (", Role::Punctuation);
            runs.extend(value.summary.clone());
            runs.push(")", Role::Punctuation);
            runs
        }
        Datum::Float32(number) => Runs::of(go_float(f64::from(number), &format!("{number:e}")), Role::Number),
        Datum::Float64(number) => Runs::of(go_float(number, &format!("{number:e}")), Role::Number),
        Datum::Complex(re, im) => {
            let part = |number: f64| go_float(number, &format!("{number:e}"));
            Runs::of(format!("({} + {}i)", part(re), part(im)), Role::Number)
        }
        Datum::Text { bytes, left_out } => text(bytes, left_out),
        Datum::Nil => typed(value, " ", "nil", Role::Keyword),
        Datum::Address(addr) => conversion(&value.type_name, addr),
        Datum::Opaque(type_name, addr) => conversion(type_name, addr),
        Datum::Dynamic(inner) => dynamic(inner),
        Datum::Pointee(pointee) => {
            let mut runs = Runs::of("*", Role::Punctuation);
            runs.extend(pointee.summary.clone());
            runs
        }
        Datum::Struct => composite(value, [" {", "}"], true),
        Datum::Array => composite(value, [" [", "]"], false),
        Datum::Slice => slice(value),
        Datum::Bytes(text) => bytes(value, text),
        Datum::Func(name) => func(value, name),
        Datum::Chan(channel) => chan(value, channel),
        Datum::Map { being_written } => map(value, being_written),
        Datum::Missing(why) => Runs::of(format!("<{why}>"), Role::Missing),
        Datum::Damaged(why) => {
            let mut runs = sized(value);
            runs.push(format!(" <{why}>"), Role::Error);
            runs
        }
    }
}

/// `(*main.T)(0xc000012000)`.
fn conversion(type_name: &str, addr: Addr) -> Runs {
    let mut runs = Runs::of("(", Role::Punctuation);
    runs.push(short_type(type_name), Role::TypeName);
    runs.push(")(", Role::Punctuation);
    runs.push(addr.to_string(), Role::Address);
    runs.push(")", Role::Punctuation);
    runs
}

/// The value in an interface, which says its own type: `int(5)`, `*main.T {...}`.
pub(super) fn dynamic(inner: &Value) -> Runs {
    let says_type = inner
        .summary
        .0
        .iter()
        .take(2)
        .any(|run| matches!(run.role, Role::TypeName | Role::Function));
    if says_type {
        return inner.summary.clone();
    }
    let needs_brackets = inner.type_name.starts_with(['*', '<']);
    let [open, close] = if needs_brackets { ["(", ")("] } else { ["", "("] };
    let mut runs = Runs::of(open, Role::Punctuation);
    runs.push(short_type(&inner.type_name), Role::TypeName);
    runs.push(close, Role::Punctuation);
    runs.extend(inner.summary.clone());
    runs.push(")", Role::Punctuation);
    runs
}

fn typed(value: &Value, gap: &str, text: &str, role: Role) -> Runs {
    let mut runs = Runs::of(short_type(&value.type_name), Role::TypeName);
    runs.push(gap, Role::Punctuation);
    runs.push(text, role);
    runs
}

/// `[]int len: 3, cap: 4`.
fn sized(value: &Value) -> Runs {
    let mut runs = Runs::of(short_type(&value.type_name), Role::TypeName);
    for (at, (name, number)) in [("len", value.len), ("cap", value.cap)].into_iter().enumerate() {
        if let Some(number) = number {
            runs.push(if at == 0 { " " } else { ", " }, Role::Punctuation);
            runs.push(format!("{name}: "), Role::Dim);
            runs.push(number.to_string(), Role::Number);
        }
    }
    runs
}

fn slice(value: &Value) -> Runs {
    let mut runs = sized(value);
    runs.push(", ", Role::Punctuation);
    list(&mut runs, value, ["[", "]"], false);
    runs
}

/// `[]byte len: 5, cap: 8, "hello"`; the debug information knows `byte` by its other name only.
fn bytes(value: &Value, text: &Runs) -> Runs {
    let mut runs = sized(value);
    if let Some(first) = runs.0.first_mut().filter(|first| first.text == "[]uint8") {
        first.text = "[]byte".into();
    }
    runs.push(", ", Role::Punctuation);
    runs.extend(text.clone());
    runs
}

/// `map[string]int len: 2, {"a": 1, "b": 2}`.
fn map(value: &Value, being_written: bool) -> Runs {
    let mut runs = sized(value);
    runs.push(", ", Role::Punctuation);
    if being_written {
        runs.push("being written, ", Role::Error);
    }
    list(&mut runs, value, ["{", "}"], true);
    runs
}

/// `main.f.func1 {count: 3}`.
fn func(value: &Value, name: &str) -> Runs {
    let mut runs = Runs::of(short_type(name), Role::Function);
    if !value.children.is_empty() || value.more > 0 {
        list(&mut runs, value, [" {", "}"], true);
    }
    runs
}

/// `chan int len: 2, cap: 2, [1,2], closed, senders: goroutines 18, 19`.
fn chan(value: &Value, channel: &Channel) -> Runs {
    let mut runs = sized(value);
    if channel.cap > 0 {
        runs.push(", ", Role::Punctuation);
        list(&mut runs, value, ["[", "]"], false);
    }
    for (is_so, word) in [(channel.is_timer, "timer"), (channel.closed, "closed")] {
        if is_so {
            runs.push(", ", Role::Punctuation);
            runs.push(word, Role::Keyword);
        }
    }
    for (name, queue) in [("senders", &channel.senders), ("receivers", &channel.receivers)] {
        waiters(&mut runs, name, queue);
    }
    runs
}

fn waiters(runs: &mut Runs, name: &str, queue: &Waiters) {
    /// Goroutines named in one line.
    const NAMED: usize = 8;
    if queue.waiting.is_empty() && !queue.has_more {
        return;
    }
    let is_one = queue.waiting.len() == 1 && !queue.has_more;
    let what = if is_one { "goroutine" } else { "goroutines" };
    runs.push(", ", Role::Punctuation);
    runs.push(format!("{name}: {what} "), Role::Dim);
    for (at, waiter) in queue.waiting.iter().take(NAMED).enumerate() {
        runs.push(if at == 0 { "" } else { ", " }, Role::Punctuation);
        runs.push(waiter.goroutine.to_string(), Role::Number);
    }
    let left = queue.waiting.len().saturating_sub(NAMED);
    match (left, queue.has_more) {
        (0, false) => {}
        (0, true) => runs.push("…", Role::Dim),
        (left, has_more) => {
            let more = if has_more { " or more" } else { "" };
            runs.push(format!(", …+{left}{more}"), Role::Dim);
        }
    }
}

fn composite(value: &Value, brackets: [&str; 2], named: bool) -> Runs {
    let mut runs = Runs::of(short_type(&value.type_name), Role::TypeName);
    list(&mut runs, value, brackets, named);
    runs
}

fn list(runs: &mut Runs, value: &Value, [open, close]: [&str; 2], named: bool) {
    runs.push(open, Role::Punctuation);
    let mut shown = 0_u64;
    let mut room = LINE;
    for child in &value.children {
        let part: usize = child.summary.0.iter().map(|run| run.text.chars().count()).sum();
        let cost = part.saturating_add(if named { child.name.chars().count() + 2 } else { 0 });
        if shown > 0 && cost > room {
            break;
        }
        room = room.saturating_sub(cost);
        if shown > 0 {
            runs.push(if named { ", " } else { "," }, Role::Punctuation);
        }
        if named {
            match &child.key {
                Some(key) => runs.extend(key.summary.clone()),
                None => runs.push(child.name.clone(), Role::Name),
            }
            runs.push(": ", Role::Punctuation);
        }
        runs.extend(child.summary.clone());
        shown += 1;
    }
    let left_out = (value.children.len() as u64)
        .saturating_sub(shown)
        .saturating_add(value.more);
    match (left_out, shown) {
        (0, _) => {}
        (_, 0) => runs.push("…", Role::Dim),
        (_, _) => {
            runs.push(if named { ", " } else { "," }, Role::Punctuation);
            runs.push(format!("…+{left_out} more"), Role::Dim);
        }
    }
    runs.push(close, Role::Punctuation);
}

fn text(bytes: &[u8], left_out: u64) -> Runs {
    let mut runs = Runs::of(quote(bytes), Role::Text);
    if left_out > 0 {
        runs.push(format!("…+{left_out} more"), Role::Dim);
    }
    runs
}

/// `bytes` as a Go string literal, as `strconv.Quote` writes it.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_add(2));
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_quoted(&mut out, character);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

fn push_quoted(out: &mut String, character: char) {
    let mut buffer = [0; 4];
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\x0b' => out.push_str("\\v"),
        '\0'..='\x1f' | '\x7f' => out.push_str(&format!("\\x{:02x}", character as u32)),
        _ if visible_len_is_same(character.encode_utf8(&mut buffer)) => out.push(character),
        '\u{80}'..='\u{ffff}' => out.push_str(&format!("\\u{:04x}", character as u32)),
        _ => out.push_str(&format!("\\U{:08x}", character as u32)),
    }
}

/// A float as Go's `%v` writes it: the shortest digits that read back the same, with an exponent
/// below 1e-4 and from 1e21 on. `shortest` is Rust's `{:e}` of the number in its own width.
fn go_float(number: f64, shortest: &str) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..21).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs());
    }
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits.replace('.', "")),
        None => ("", mantissa.replace('.', "")),
    };
    let Ok(whole) = usize::try_from(exponent.saturating_add(1)) else {
        let zeros = "0".repeat(exponent.unsigned_abs().saturating_sub(1) as usize);
        return format!("{sign}0.{zeros}{digits}");
    };
    if whole == 0 {
        return format!("{sign}0.{digits}");
    }
    match digits.split_at_checked(whole) {
        Some((integer, "")) => format!("{sign}{integer}"),
        Some((integer, fraction)) => format!("{sign}{integer}.{fraction}"),
        None => format!("{sign}{digits:0<whole$}"),
    }
}

/// A type's name with import paths cut to their last element: `map[string]*http.Server`. The
/// numbers by which the compiler tells types local to functions apart (`main.row·2`) go as well.
pub(crate) fn short_type(name: &str) -> String {
    let in_path = |character: char| character.is_alphanumeric() || "._-/~+@".contains(character);
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|character| !in_path(character)).unwrap_or(rest.len());
        if let Some((path, after)) = rest.split_at_checked(end)
            && !path.is_empty()
        {
            out.push_str(path.rsplit('/').next().unwrap_or(path));
            rest = after;
            continue;
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        let is_number = first == '·' && rest.starts_with(|next: char| next.is_ascii_digit());
        if is_number {
            rest = rest.trim_start_matches(|next: char| next.is_ascii_digit());
        } else {
            out.push(first);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_go_prints_them() {
        // fmt.Println of these values, Go 1.26.
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (100.0, "100"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-123.456, "-123.456"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "+Inf"),
        ];
        for (number, want) in cases {
            assert_eq!(go_float(number, &format!("{number:e}")), want);
        }
        assert_eq!(go_float(f64::from(0.1_f32), &format!("{:e}", 0.1_f32)), "0.1");
    }

    #[test]
    fn strings_read_as_go_literals() {
        assert_eq!(quote(b"a\"b\\\n\x1b[31m\xff"), r#""a\"b\\\n\x1b[31m\xff""#);
        assert_eq!(
            quote("h\u{e9}llo \u{202e}\u{9b}".as_bytes()),
            "\"héllo \\u202e\\u009b\""
        );
    }

    #[test]
    fn import_paths_are_cut_to_their_last_element() {
        assert_eq!(
            short_type("map[string]*net/http.Server"),
            "map[string]*http.Server"
        );
        assert_eq!(
            short_type("main.Pair[example.com/a/b.T,[]go.uber.org/zap.Field]"),
            "main.Pair[b.T,[]zap.Field]"
        );
        assert_eq!(
            short_type("func(...interface {}) error"),
            "func(...interface {}) error"
        );
    }
}
