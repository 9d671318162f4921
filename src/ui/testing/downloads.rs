//! A session that misses its debug information, which a server may have.

use super::{Stage, session};
use crate::engine::{Answer, Request};
use crate::model::{DownloadOffer, OpenSpec, SessionInfo};
use crate::ui::app::Start;

impl Stage {
    /// A core of which servers may have files.
    pub fn offering(width: u16, height: u16) -> Self {
        Self::started(
            width,
            height,
            Start::Open(OpenSpec::Core {
                exe: None,
                core: "/var/core/orders.4242".into(),
                sysroot: None,
                debug_dirs: Vec::new(),
                substitute_path: Vec::new(),
                debuginfod: true,
            }),
        )
    }
}

pub(super) fn opened() -> Answer {
    Answer::Opened(Box::new(SessionInfo {
        has_debug_info: false,
        offer: Some(DownloadOffer {
            servers: vec![
                "https://symbols.example/".into(),
                "file:///srv/evil\u{1b}[31m".into(),
            ],
            files: vec!["debug information of /srv/orders/orders".into()],
        }),
        ..session()
    }))
}

pub(super) fn answer(request: &Request) -> Option<Answer> {
    match request {
        Request::Consent(true) => Some(Answer::Begun),
        Request::Consent(false) => Some(Answer::SymbolsArrived(Box::default())),
        Request::Session => Some(Answer::Session(Box::new(session()))),
        _ => None,
    }
}
