//! `print` and `whatis`.

use serde_json::value::RawValue;

use crate::headless::console::Console;
use crate::headless::reply::{Reply, TypeReply, WholeReply};
use crate::model::{Failure, FailureKind, FrameId, Value, ValueForm, ValueKind};

impl Console {
    pub(crate) fn print(&mut self, expression: &str, all: bool) -> Result<Reply, Failure> {
        let mut value = self.evaluate(expression)?;
        if !all {
            self.load_children(&mut value)?;
            return Ok(Reply::Value(Box::new(value)));
        }
        let form = if self.for_text {
            ValueForm::Go
        } else {
            ValueForm::Json
        };
        let (text, left_out) = self.client.whole(value, form)?;
        let json = if self.for_text {
            None
        } else {
            RawValue::from_string(text.to_string()).ok()
        };
        Ok(Reply::Whole(WholeReply { text, json, left_out }))
    }

    pub(crate) fn what_is(&mut self, expression: &str) -> Result<Reply, Failure> {
        let value = self.evaluate(expression)?;
        let held = match (value.kind, value.children.as_slice()) {
            (ValueKind::Interface, [held]) => Some(held.type_name.clone()),
            _ => None,
        };
        Ok(Reply::Type(TypeReply {
            expression: value.name,
            type_name: value.type_name,
            kind: value.kind,
            dynamic_type: held,
        }))
    }

    fn evaluate(&mut self, expression: &str) -> Result<Value, Failure> {
        let frame = self.scene()?;
        self.client.evaluate(expression, frame)
    }

    /// The selected frame; none where there is no stack at all, so that package variables and
    /// numbers still have values.
    fn scene(&mut self) -> Result<Option<FrameId>, Failure> {
        match self.selected() {
            Ok(frame) => Ok(Some(frame)),
            Err(failure) if failure.kind == FailureKind::Cancelled => Err(failure),
            Err(_) => Ok(None),
        }
    }
}
