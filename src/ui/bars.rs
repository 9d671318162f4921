//! First and last line of the screen: what is open and why it died; what can be done now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::action::{ACTIONS, Action, Needs};
use super::app::{AppState, Job, Level};
use super::loadable::Loadable;
use super::overlays;
use super::text::{base_name, foreign};
use super::theme::{Scope, Theme};
use super::widgets::{
    Gauge, Hint, Hints, bytes, duration, ellipsis_end, fill, line_width, put, put_line, rate, thousands,
    width,
};
use crate::base::{Unit, visible};
use crate::model::{DumpProgress, RunState, SessionInfo, Warning, WarningKind};

/// Badge, program, verdict; goroutines and Go version at the right.
pub fn draw_header(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    fill(buf, area, theme.style(Scope::Header));
    let left = head(state, theme);
    let mut x = area.x;
    let room = |x: u16| area.right().saturating_sub(x);
    x += put_line(buf, (x, area.y), room(x), &left);
    let (text, scope) = verdict(state);
    let columns = |line: &Line<'_>| u16::try_from(line_width(line)).unwrap_or(u16::MAX);
    // The verdict matters more than facts: these are shortened until it fits.
    let needed = u16::try_from(width(&visible(&text))).unwrap_or(u16::MAX);
    let verdict_room = |right: &Line<'_>| room(x).saturating_sub(columns(right).saturating_add(GAPS));
    let right = Detail::ALL
        .map(|detail| facts(state, detail, theme))
        .into_iter()
        .reduce(|chosen, next| {
            if verdict_room(&chosen) >= needed {
                chosen
            } else {
                next
            }
        })
        .unwrap_or_default();
    let verdict_room = verdict_room(&right);
    let right_width = columns(&right).min(area.width);
    let text = ellipsis_end(&visible(&text), usize::from(verdict_room), theme.glyphs.ellipsis);
    put(buf, (x + 1, area.y), verdict_room, &text, theme.style(scope));
    if right_width < room(x) {
        put_line(buf, (area.right() - right_width, area.y), right_width, &right);
    }
}

/// Blanks around the verdict.
const GAPS: u16 = 3;

/// How much the right end of the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Detail {
    /// `g 38`.
    Count,
    /// `g 38  go1.26.8`.
    Version,
    /// `38 goroutines  go1.26.8`.
    Words,
    /// The process as well.
    Process,
}

impl Detail {
    /// Most first.
    const ALL: [Self; 4] = [Self::Process, Self::Words, Self::Version, Self::Count];
}

fn head(state: &AppState, theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    let Some(session) = state.session.ready() else {
        return Line::from(Span::styled(" tinydbg-tui ", theme.style(Scope::HeaderBadge)));
    };
    let state_of = session.live.as_ref().map(|live| live.state);
    let (badge, scope) = match state_of {
        None => (" CORE ", Scope::HeaderBadgeCore),
        Some(RunState::Held) => (" LIVE ", Scope::HeaderBadgeLive),
        Some(RunState::Running) => (" RUNNING ", Scope::HeaderBadgeRunning),
        Some(RunState::Ended) => (" ENDED ", Scope::HeaderBadgeCore),
    };
    spans.push(Span::styled(badge, theme.style(scope)));
    spans.extend(held(state, theme));
    let is_truncated = |warning: &Warning| warning.kind == WarningKind::Truncated;
    for (holds, text) in [
        (session.wrong_executable().is_some(), " WRONG EXECUTABLE "),
        (session.warnings.iter().any(is_truncated), " TRUNCATED "),
    ] {
        if holds {
            spans.push(Span::raw(" "));
            spans.push(Span::styled(text, theme.style(Scope::MatchCurrent)));
        }
    }
    spans.push(foreign(
        &format!(" {} ", program(session)),
        theme.style(Scope::TextStrong),
    ));
    Line::from(spans)
}

/// For how long the process has been held; loud once that is long.
fn held(state: &AppState, theme: &Theme) -> Option<Span<'static>> {
    let (held, is_long) = state.held()?;
    if held < 1000 {
        return None;
    }
    let text = format!(" held {} ", duration(held / 1000 * 1_000_000_000));
    let scope = if is_long {
        Scope::Warning
    } else {
        Scope::HeaderFact
    };
    Some(Span::styled(text, theme.style(scope)))
}

fn program(session: &SessionInfo) -> &str {
    let path = session.exe.as_deref().or(session.core.as_deref());
    path.map_or("?", base_name)
}

/// The sentence that says why it died, or what is going on.
fn verdict(state: &AppState) -> (String, Scope) {
    if let Some(mismatch) = mismatch(state) {
        return (mismatch, Scope::Error);
    }
    match (&state.session, &state.report) {
        (Loadable::Failed(_), _) => ("could not be opened".to_owned(), Scope::HeaderVerdict),
        (Loadable::Ready(session), Loadable::Ready(report)) if !report.reason.is_empty() => {
            let is_crash = session.live.is_none() || !report.panics.is_empty() || report.signal.is_some();
            let scope = if is_crash {
                Scope::HeaderVerdict
            } else {
                Scope::HeaderFact
            };
            (report.reason.clone(), scope)
        }
        (Loadable::Ready(_), Loadable::Ready(_)) => {
            ("why it died is not known".to_owned(), Scope::HeaderVerdict)
        }
        (Loadable::Ready(_), Loadable::Failed(failure)) => (
            format!("why it died is not known: {failure}"),
            Scope::HeaderVerdict,
        ),
        (Loadable::Ready(_), _) => ("finding out why it died...".to_owned(), Scope::HeaderFact),
        (Loadable::Empty, _) if state.picks_core() => ("which core dump?".to_owned(), Scope::HeaderFact),
        (Loadable::Empty, _) => ("which process?".to_owned(), Scope::HeaderFact),
        _ => ("opening...".to_owned(), Scope::HeaderFact),
    }
}

/// That the executable is the wrong one: then nothing else here can be believed, why it died first.
fn mismatch(state: &AppState) -> Option<String> {
    let found = state.session.ready()?.wrong_executable()?;
    Some(found.message.clone())
}

fn facts(state: &AppState, detail: Detail, theme: &Theme) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    let fact = theme.style(Scope::HeaderFact);
    let warnings = state.session.ready().map_or(0, |session| session.warnings.len());
    if warnings > 0 {
        spans.push(Span::styled(
            match (detail >= Detail::Words, warnings) {
                (true, 1) => format!("{} 1 warning ", theme.glyphs.warning),
                (true, _) => format!("{} {warnings} warnings ", theme.glyphs.warning),
                (false, _) => format!("{} {warnings} ", theme.glyphs.warning),
            },
            theme.style(Scope::Warning),
        ));
    }
    let total = state.goroutines.total();
    if total > 0 {
        let count = thousands(total as u64);
        let text = if detail >= Detail::Words {
            format!(" {count} goroutines ")
        } else {
            format!(" g {count} ")
        };
        spans.push(Span::styled(text, fact));
    }
    let session = state.session.ready();
    if detail >= Detail::Process
        && let Some(pid) = session.and_then(|session| session.pid)
    {
        spans.push(Span::styled(format!(" pid {pid} "), fact));
    }
    if detail >= Detail::Version
        && let Some(version) = session.and_then(|session| session.go_version.as_ref())
    {
        spans.push(foreign(&format!(" {version} "), fact));
    }
    Line::from(spans)
}

/// The prompt, a running job, the newest message, or the keys valid now.
pub fn draw_footer(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    fill(buf, area, theme.style(Scope::Footer));
    if overlays::draw_footer_prompt(state, area, theme, buf) {
        return;
    }
    if let Some(progress) = state.dump_job().and_then(|job| job.dump.as_ref()) {
        draw_dump(state, progress, area, theme, buf);
        return;
    }
    if let Some(message) = state.messages.current(state.now) {
        let scope = match message.level {
            Level::Info => Scope::FooterMessage,
            Level::Warning => Scope::Warning,
            Level::Error => Scope::Error,
        };
        let sign = match message.level {
            Level::Info => theme.glyphs.bullet,
            Level::Warning => theme.glyphs.warning,
            Level::Error => theme.glyphs.error,
        };
        let style = theme.style(Scope::Footer).patch(theme.style(scope));
        let text = format!(" {sign} {}", visible(&message.text));
        let text = ellipsis_end(&text, usize::from(area.width), theme.glyphs.ellipsis);
        put(buf, (area.x, area.y), area.width, &text, style);
        return;
    }
    if let Some(job) = state.jobs.shown(state.now) {
        draw_job(state, job, area, theme, buf);
        return;
    }
    // What lies over the panes takes the keys, and says in its frame which.
    if state.overlays.is_empty() {
        draw_hints(state, area, theme, buf);
    }
}

fn draw_job(state: &AppState, job: &Job, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let progress = job.progress.as_ref();
    let label = match progress {
        Some(progress) if !progress.phase.is_empty() => visible(&progress.phase).into_owned(),
        _ => job.purpose.label().to_owned(),
    };
    let amount = |count: u64, unit: Unit| match unit {
        Unit::Bytes => bytes(count),
        Unit::Items => thousands(count),
    };
    let numbers = progress.map(|progress| match progress.total {
        Some(total) => format!(
            "{} of {}",
            amount(progress.done, progress.unit),
            amount(total, progress.unit)
        ),
        None => amount(progress.done, progress.unit),
    });
    let gauge = Gauge {
        label: &label,
        fraction: progress.and_then(crate::base::Progress::fraction),
        detail: &format!("{}  Ctrl-c cancels ", numbers.unwrap_or_default()),
        tick: usize::try_from(state.now / 100).unwrap_or(0),
    };
    gauge.draw(area, theme, buf);
}

/// The live gauge of a dump. What does not fit goes from the right: the numbers that matter least.
fn draw_dump(state: &AppState, progress: &DumpProgress, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let DumpProgress {
        phase,
        threads,
        bytes: (done, total),
        holes,
        bytes_per_second,
        eta_ms,
        held,
    } = progress;
    let mut parts = vec![format!(
        "{}/{} threads",
        thousands(threads.0),
        thousands(threads.1)
    )];
    if *total > 0 {
        parts.push(format!("{} of {}", bytes(*done), bytes(*total)));
        parts.push(format!("{} holes", bytes(*holes)));
        parts.push(rate(*bytes_per_second));
    }
    if let Some(eta) = eta_ms {
        parts.push(format!("{} left", duration(eta.saturating_mul(1_000_000))));
    }
    let label = if *held {
        format!("{} HELD", visible(phase))
    } else {
        visible(phase).into_owned()
    };
    const END: &str = "  Esc cancels ";
    let room = usize::from(area.width).saturating_sub(width(&label) + END.len() + LEAST_BAR);
    while parts.len() > 1 && width(&parts.join("  ")) > room {
        parts.pop();
    }
    #[expect(clippy::cast_precision_loss, reason = "a gauge needs no more than 52 bits")]
    let fraction = (*total > 0).then(|| *done as f64 / *total as f64);
    let gauge = Gauge {
        label: &label,
        fraction,
        detail: &format!("{}{END}", parts.join("  ")),
        tick: usize::try_from(state.now / 100).unwrap_or(0),
    };
    gauge.draw(area, theme, buf);
}

/// Columns that the bar of a dump keeps before numbers are shown.
const LEAST_BAR: usize = 12;

/// Importance of a hint: help and the command line are kept longest.
fn importance(action: &Action) -> u8 {
    match action.name {
        "help" => 100,
        "enter" => 90,
        "dump" => 88,
        "continue" | "pause" => 87,
        "command" => 80,
        "filter" => 75,
        "crash-card" => 70,
        "quit" => 40,
        _ => 60,
    }
}

fn draw_hints(state: &AppState, area: Rect, theme: &Theme, buf: &mut Buffer) {
    let keymap = &state.options.keymap;
    let shown = ACTIONS
        .iter()
        .filter(|action| action.hint.is_some() && action.panes.has(state.focus))
        // What only a live process can do is no news where there is none, or while it cannot.
        .filter(|action| action.needs == Needs::Nothing || action.refusal(state).is_none())
        .filter_map(|action| Some((action, keymap.keys_of(action.name).into_iter().next()?)));
    let rows: Vec<(&Action, String)> = shown.collect();
    let hints: Vec<Hint<'_>> = rows
        .iter()
        .map(|(action, keys)| Hint {
            keys,
            label: match action.name {
                "filter" if state.focus == super::place::Pane::Source => "search",
                "filter" if state.is_in_memory() => "go to",
                "enter" if state.is_in_memory() || state.is_in_code() => "follow",
                _ => action.hint.unwrap_or_default(),
            },
            importance: importance(action),
            enabled: action.refusal(state).is_none(),
        })
        .collect();
    Hints(&hints).draw(area, theme, buf);
}
