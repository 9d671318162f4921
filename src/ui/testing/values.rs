//! Answers about values, types, memory and code: good ones, failures, huge and hostile ones.

use std::sync::Arc;

use super::{order, value};
use crate::base::Addr;
use crate::engine::{Answer, Request};
use crate::model::{
    Failure, FailureKind, FieldLayout, Method, Role, TypeLayout, Value, ValueForm, ValueKind, ValueRef,
};

/// The answer to a question about values; `None` for other questions.
pub fn answer(request: &Request) -> Option<Answer> {
    Some(match request {
        Request::Evaluate { expression, .. } => match evaluate(expression) {
            Ok(value) => Answer::Evaluated(Box::new(value)),
            Err(failure) => Answer::Failed(failure),
        },
        Request::Watch { expressions, frame } => Answer::Watched {
            frame: *frame,
            values: expressions.iter().map(|text| evaluate(text)).collect(),
        },
        Request::Whole { form, value } => Answer::Whole {
            form: *form,
            text: whole(value, *form),
            left_out: Some("more than 10,000 values: +5 more".into()),
        },
        Request::TypeLayout { expression, .. } if expression.contains("int") => Answer::Failed(Failure::new(
            FailureKind::NotFound,
            format!("no type is called {expression}"),
        )),
        Request::TypeLayout { .. } => Answer::TypeLayout(Box::new(layout())),
        _ => return None,
    })
}

/// `o` and what is in it; an expression with `Nxt` is at fault there, `m` is a map, the rest 12.
fn evaluate(expression: &str) -> Result<Value, Failure> {
    if let Some(at) = expression.find("Nxt") {
        let mut failure = Failure::new(FailureKind::NotFound, "*main.Order has no field Nxt");
        failure.at = Some(at..at + 3);
        return Err(failure);
    }
    let mut value = order();
    if expression == "m" {
        value.children = entries();
        value.more = 999_998;
        value.kind = ValueKind::Map;
        value.type_name = "map[main.Point]int".into();
    } else if !expression.starts_with('o') {
        value = super::locals().remove(1);
    }
    value.name = expression.into();
    Ok(value)
}

fn whole(value: &Value, form: ValueForm) -> Arc<str> {
    if form == ValueForm::Json {
        return "{\"ID\": 1}".into();
    }
    let long = "x".repeat(300);
    let items: String = (0..200).map(|at| format!("\t\t\"item {at}\",\n")).collect();
    let name = &value.type_name;
    format!("{name}{{\n\tID: 1,\n\tItems: []string{{\n{items}\t}},\n\tNote: \"{long}\",\n\tEvil: \"\u{1b}[31m\",\n\tNext: nil,\n}}").into()
}

fn layout() -> TypeLayout {
    let field = |name: &str, type_name: &str, offset, size, padding| FieldLayout {
        name: name.into(),
        type_name: type_name.into(),
        offset,
        size: Some(size),
        embedded: name == "Mutex",
        padding,
    };
    TypeLayout {
        name: "main.Order".into(),
        kind: ValueKind::Struct,
        size: Some(72),
        align: Some(8),
        underlying: None,
        target: None,
        fields: vec![
            field("Mutex", "sync.Mutex", 0, 8, 0),
            field("ID", "int", 8, 8, 0),
            field("Ready", "bool", 16, 1, 7),
            field("Items", "[]string", 24, 24, 0),
            field("Price", "map[string]int", 48, 8, 0),
            field("Next", "*main.Order", 56, 8, 0),
        ],
        padding: 7,
        methods: vec![Method {
            name: "total".into(),
            signature: Some("func() int".into()),
            on_pointer: true,
            entry: Some(Addr(0x47_1200)),
            through: None,
        }],
        constants: vec![("Small".into(), "1".into())],
        note: Some("methods that the linker removed are not known".into()),
    }
}

/// Two entries of a map whose keys have fields, one of them with a very long text.
pub fn entries() -> Vec<Value> {
    let mut entry = value(
        "main.Point{X: 1, Y: 2}",
        "int",
        ValueKind::Int,
        &[("7", Role::Number)],
    );
    let mut key = value(
        "",
        "main.Point",
        ValueKind::Struct,
        &[("{X: 1, Y: 2}", Role::Plain)],
    );
    key.reference = Some(ValueRef::Object {
        image: 0,
        type_id: 9,
        addr: Addr(0xc000_3000),
    });
    entry.key = Some(Box::new(key));
    let mut long = value(
        "\"\u{1b}[31mevil\u{202e}\"",
        "string",
        ValueKind::String,
        &[("\"注文 and so on…+4096\"", Role::Text)],
    );
    long.key = Some(Box::new(value("", "string", ValueKind::String, &[])));
    long.reference = Some(ValueRef::Text {
        addr: Addr(0xc000_4000),
        len: 4200,
    });
    vec![entry, long]
}
