//! What is done with one value or one expression: in full, its type, copied, watched, printed.
//!
//! A value is picked from a tree, wherever that stands; from then on nobody cares where it was.

use std::sync::Arc;

use super::{AppState, Level, Purpose};
use crate::engine::{Answer, Request};
use crate::model::{Failure, FailureKind, FrameId, Location, Value, ValueForm};
use crate::ui::effect::Effect;
use crate::ui::overlays::{
    DocLine, Document, Overlay, Page, Pager, ResultView, failure_lines, layout_lines, name_lines,
};
use crate::ui::panes::variables::{NodeId, NodeKey, Tree, TreeId, Wanted};
use crate::ui::place::{Pane, Tab};
use crate::ui::theme::Scope;
use crate::ui::widgets::pad_end;

/// A value out of a tree.
#[derive(Clone, Debug)]
pub struct Picked {
    /// With all of it that is loaded.
    pub value: Value,
    /// The way to it.
    pub path: String,
    /// The same as an expression, where it is one.
    pub expression: Option<String>,
}

impl Picked {
    #[must_use]
    pub fn of(tree: &Tree, node: NodeId) -> Option<Self> {
        Some(Self {
            value: tree.value(node)?,
            path: tree.path(node),
            expression: tree.expression(node),
        })
    }
}

impl AppState {
    /// The value under the cursor of the variables pane.
    #[must_use]
    pub fn picked(&self) -> Option<Picked> {
        if self.focus != Pane::Variables {
            return None;
        }
        let branch = self.variables.branch()?;
        Picked::of(&branch.tree, branch.row()?.node())
    }

    /// The frame whose names expressions see.
    #[must_use]
    pub fn seen_from(&self) -> Option<FrameId> {
        // Before the stack is here, its selection means nothing.
        self.stack.selected_frame().and(self.stack.selected_id())
    }

    /// Opens a page that `request` will fill below its first `head` lines; the others stand for
    /// the answer until it is here, and stay if it fails.
    pub fn open_page(&mut self, title: &str, lines: Vec<DocLine>, head: usize, request: Request) {
        self.pages += 1;
        let id = self.pages;
        let mut pager = Pager::of(title, Document::default());
        pager.page = Page::Text {
            id,
            text: Document::new(lines),
            head,
            loading: Some(self.now),
        };
        pager.fit(self.width, self.height);
        self.overlays.push(Overlay::Pager(pager));
        self.ask(request, Purpose::Page(id));
    }

    /// Shows a value with all that it holds.
    pub fn show_whole(&mut self, picked: Picked) {
        let mut lines = value_head(&picked);
        let head = lines.len();
        lines.push(DocLine::of(&picked.value.summary.plain(), Scope::TextDim));
        let request = Request::Whole {
            value: Box::new(picked.value),
            form: ValueForm::Go,
        };
        self.open_page("Value", lines, head, request);
    }

    /// Shows what a type is made of.
    pub fn show_type(&mut self, expression: &str) {
        let lines = vec![DocLine::of(expression, Scope::RoleType)];
        let request = Request::TypeLayout {
            expression: expression.into(),
            frame: self.seen_from(),
        };
        self.open_page("Type", lines, 0, request);
    }

    /// Shows the source that a location specification names.
    pub fn locate(&mut self, spec: &str) {
        let spec: Arc<str> = spec.into();
        let request = Request::Locate {
            spec: Arc::clone(&spec),
            frame: self.seen_from(),
        };
        self.ask(request, Purpose::Locate(spec));
    }

    /// One place is shown; of several, their list.
    pub(super) fn located(&mut self, places: &[Location]) {
        match places {
            [place] if place.file.is_some() => {
                let file = place.file.as_ref().map(ToString::to_string);
                crate::ui::command::list(self, file, place.line);
            }
            places => {
                let lines = places.iter().map(place_line).collect();
                let mut pager = Pager::of("Places", Document::new(lines));
                pager.fit(self.width, self.height);
                self.overlays.push(Overlay::Pager(pager));
            }
        }
    }

    /// Lists the deferred calls of the selected goroutine.
    pub fn show_defers(&mut self) {
        match self.stack.subject {
            Some(subject) => self.open_page("Deferred calls", Vec::new(), 0, Request::Defers { subject }),
            None => self.say(Level::Info, "no goroutine is selected"),
        }
    }

    /// Copies a value with all that it holds.
    pub fn copy_whole(&mut self, picked: Picked, form: ValueForm) {
        let request = Request::Whole {
            value: Box::new(picked.value),
            form,
        };
        self.ask(request, Purpose::Copy);
    }

    /// Evaluates an expression and shows the result over the panes; with `whole`, all it holds.
    pub fn print(&mut self, expression: &str, whole: bool) {
        let expression: Arc<str> = expression.into();
        let request = Request::Evaluate {
            expression: Arc::clone(&expression),
            frame: self.seen_from(),
        };
        self.ask(request, Purpose::Print { expression, whole });
    }

    /// Adds an expression to those watched, or puts it in the place of the one at `at`.
    pub fn watch(&mut self, at: Option<usize>, expression: &str) {
        let expression = expression.trim();
        if expression.is_empty() {
            return;
        }
        if self.variables.watches.set(at, expression) {
            let last = self.variables.watches.expressions().len().saturating_sub(1);
            self.show_tab(Tab::Watch);
            self.load_watches();
            let branch = &mut self.variables.watches.branch;
            if let Some(root) = branch.tree.roots().get(at.unwrap_or(last)).copied() {
                branch.go_to(root);
            }
        } else {
            self.show_tab(Tab::Watch);
            self.say(
                Level::Info,
                format!("{expression} is watched already, or too much is"),
            );
        }
    }

    /// Removes the watched expression under the cursor.
    pub fn unwatch(&mut self) {
        let at = (self.variables.tab == Tab::Watch)
            .then(|| self.variables.watches.selected())
            .flatten();
        match at.and_then(|at| self.variables.watches.remove(at)) {
            Some(expression) => {
                self.say(Level::Info, format!("no longer watched: {expression}"));
                self.load_watches();
            }
            None => self.say(Level::Info, "only watched expressions can be removed"),
        }
    }

    /// The watched expression under the cursor, if it has no value, and why.
    #[must_use]
    pub fn failed_watch(&self) -> Option<(String, Failure)> {
        if self.focus != Pane::Variables || self.variables.tab != Tab::Watch {
            return None;
        }
        let branch = self.variables.branch()?;
        let node = branch.tree.node(branch.row()?.node())?;
        let failure = node.failed.clone().filter(|_| node.parent.is_none())?;
        Some((node.value.name.clone(), failure))
    }

    /// Asks for the watched values anew when another frame or stop made the old ones wrong.
    pub(super) fn load_watches(&mut self) {
        let asked = (self.epoch, self.seen_from());
        if !self.variables.watches.is_stale(asked) {
            let none = self.variables.watches.expressions().is_empty();
            if none && !self.variables.watches.branch.tree.is_empty() {
                let id = self.variables.new_tree_id();
                self.variables.watches.begin(asked, id, self.now);
            }
            return;
        }
        let id = self.variables.new_tree_id();
        self.variables.watches.begin(asked, id, self.now);
        let is_coming = self.stack.subject.is_some() && self.stack.failed.is_none();
        if asked.1.is_none() && is_coming {
            return;
        }
        let request = Request::Watch {
            expressions: self.variables.watches.expressions().into(),
            frame: asked.1,
        };
        self.ask(request, Purpose::Watch(asked.1));
    }

    pub(super) fn watched(&mut self, frame: Option<FrameId>, values: Vec<Result<Value, Failure>>) {
        if frame != self.seen_from() {
            return;
        }
        let (tree, wanted) = self.variables.accept_watched(values, self.now);
        self.ask_wanted(tree, wanted);
    }

    /// Asks for children that are to be open.
    pub(super) fn ask_wanted(&mut self, tree: TreeId, wanted: Vec<Wanted>) {
        for (node, reference, from) in wanted {
            self.ask_children(NodeKey { tree, node }, reference, from);
        }
    }

    /// The tree with that id, in the pane or over it.
    pub(super) fn tree_mut(&mut self, id: TreeId) -> Option<&mut Tree> {
        let over = self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Result(view) if view.branch.tree.id == id => Some(&mut view.branch.tree),
            _ => None,
        });
        over.or_else(|| self.variables.tree_mut(id))
    }

    /// An expression has its value: a tree when there is something inside, else a page.
    pub(super) fn printed(&mut self, expression: &str, value: Value, whole: bool) {
        let value = Value {
            name: expression.to_owned(),
            ..value
        };
        let id = self.variables.new_tree_id();
        let tree = Tree::new(id, vec![value], 0);
        let opens = tree.node(0).is_some_and(crate::ui::panes::variables::can_open);
        match Picked::of(&tree, 0).filter(|_| whole || !opens) {
            Some(picked) => self.show_whole(picked),
            None => {
                let mut view = ResultView::new(tree);
                let wanted = view.branch.open(self.now);
                self.overlays.push(Overlay::result(view));
                if let Some((key, reference, from)) = wanted {
                    self.ask_children(key, reference, from);
                }
            }
        }
    }

    /// An expression has no value: it, with the part at fault marked, and why.
    pub fn not_printed(&mut self, expression: &str, failure: &Failure) {
        let mut lines = vec![DocLine::of(expression, Scope::TextStrong)];
        if let Some(at) = &failure.at {
            let before = expression.get(..at.start).unwrap_or_default();
            let fault = expression.get(at.clone()).unwrap_or_default();
            let indent = " ".repeat(DocLine::of(before, Scope::Text).width());
            let carets = "^".repeat(DocLine::of(fault, Scope::Text).width().max(1));
            lines.push(DocLine::of(&(indent + &carets), Scope::Error));
        }
        lines.extend(failure_lines(failure));
        let mut pager = Pager::of("Expression", Document::new(lines));
        pager.fit(self.width, self.height);
        self.overlays.push(Overlay::Pager(pager));
    }

    /// Fills a page that is still open.
    pub(super) fn fill_page(&mut self, id: u64, answer: Result<Answer, &Failure>) {
        let (width, height) = (self.width, self.height);
        let Some(pager) = self.page_mut(id) else { return };
        if let Page::Text {
            text, head, loading, ..
        } = &mut pager.page
        {
            let (kept, rest) = match answer {
                Ok(answer) => (*head, answer_lines(answer)),
                Err(failure) => {
                    let blank = std::iter::once(DocLine::default());
                    (usize::MAX, blank.chain(failure_lines(failure)).collect())
                }
            };
            *text = text.followed_by(kept, rest);
            *loading = None;
        }
        pager.fit(width, height);
    }

    fn page_mut(&mut self, wanted: u64) -> Option<&mut Pager> {
        self.overlays.iter_mut().find_map(|overlay| match overlay {
            Overlay::Pager(pager) if matches!(pager.page, Page::Text { id, .. } if id == wanted) => {
                Some(pager)
            }
            _ => None,
        })
    }

    /// Whole values and names that were asked for to be copied.
    pub(super) fn copied_whole(&mut self, text: &str, left_out: Option<String>) {
        // Line ends and tabs are the text's own; anything else that a terminal obeys is not.
        let pieces = text.split_inclusive(['\n', '\t']).map(|piece| {
            let end = piece.len() - usize::from(piece.ends_with(['\n', '\t']));
            let (text, end) = piece.split_at(end);
            crate::base::visible(text).into_owned() + end
        });
        let text: String = pieces.collect();
        self.emit(Effect::Copy(text));
        if let Some(why) = left_out {
            self.say(Level::Warning, format!("the copy is not complete: {why}"));
        }
    }
}

fn value_head(picked: &Picked) -> Vec<DocLine> {
    let value = &picked.value;
    let mut lines = vec![
        DocLine::of(&picked.path, Scope::TextStrong),
        DocLine::of(&value.type_name, Scope::RoleType),
    ];
    let mut facts = Vec::new();
    facts.extend(value.addr.map(|addr| format!("at {addr}")));
    facts.extend(value.len.map(|len| format!("len {len}")));
    facts.extend(value.cap.map(|cap| format!("cap {cap}")));
    if !facts.is_empty() {
        lines.push(DocLine::of(&facts.join("  "), Scope::RoleAddress));
    }
    if value.shadowed {
        let text = "hidden by a variable of the same name further in";
        lines.push(DocLine::of(text, Scope::Warning));
    }
    if let Some(why) = &value.unreadable {
        lines.push(DocLine::of(why, Scope::RoleMissing));
    }
    lines.push(DocLine::default());
    lines
}

/// An answer as the lines of a page.
fn answer_lines(answer: Answer) -> Vec<DocLine> {
    match answer {
        Answer::Whole { text, left_out, .. } => {
            let mut lines: Vec<DocLine> = text.split('\n').map(go_line).collect();
            lines.extend(left_out.map(|why| DocLine::of(&why, Scope::Warning)));
            lines
        }
        Answer::TypeLayout(layout) => layout_lines(&layout),
        Answer::Sources(names) => name_lines(&names, "no source file of the binary fits"),
        Answer::Types(names) => name_lines(&names, "no type fits"),
        Answer::Functions(names) => name_lines(&names, "no function fits"),
        Answer::Defers(calls) if calls.is_empty() => {
            vec![DocLine::of("nothing is deferred", Scope::TextDim)]
        }
        Answer::Defers(calls) => calls.iter().map(deferred_line).collect(),
        Answer::Packages(names) => name_lines(&names, "no package fits"),
        _ => failure_lines(&Failure::new(
            FailureKind::Internal,
            "the answer was to another question",
        )),
    }
}

fn deferred_line(call: &crate::model::Deferred) -> DocLine {
    let by = call.by.function.as_deref().unwrap_or("?");
    let name = pad_end(call.call.function.as_deref().unwrap_or("?"), 40);
    DocLine::of(&name, Scope::RoleFunction).with(&format!(" deferred by {by}"), Scope::TextDim)
}

fn place_line(place: &Location) -> DocLine {
    let name = place.function.as_deref().unwrap_or("?");
    let mut line = DocLine::of(&place.pc.to_string(), Scope::RoleAddress)
        .with("  ", Scope::Text)
        .with(name, Scope::RoleFunction);
    if let (Some(file), Some(number)) = (&place.file, place.line) {
        line.push(&format!("  {file}:{number}"), Scope::TextDim);
    }
    line
}

/// A line of a value in Go's syntax: its name apart from the rest.
fn go_line(line: &str) -> DocLine {
    let inner = line.trim_start();
    let indent = line.len() - inner.len();
    let named = inner.split_once(": ").filter(|(name, _)| {
        !name.is_empty()
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
    });
    match named {
        Some((name, rest)) => DocLine::of(
            line.get(..indent + name.len()).unwrap_or_default(),
            Scope::RoleName,
        )
        .with(": ", Scope::RolePunctuation)
        .with(rest, scope_of(rest)),
        None => DocLine::of(line, scope_of(inner)),
    }
}

fn scope_of(value: &str) -> Scope {
    match value.chars().next() {
        Some('"' | '`' | '\'') => Scope::RoleText,
        Some(first) if first.is_ascii_digit() || first == '-' => Scope::RoleNumber,
        _ if value.starts_with("nil") || value.starts_with("true") || value.starts_with("false") => {
            Scope::RoleKeyword
        }
        _ => Scope::Role,
    }
}
