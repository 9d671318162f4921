//! One question to one server: the answer's body as a stream, or "it has not got it".

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use ureq::http::{Response, Uri};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::wanted::Wanted;
use super::{Settings, date};
use crate::os;

/// Redirects followed, all of them on the same host.
const REDIRECTS: usize = 3;
const CONNECT: Duration = Duration::from_secs(10);

/// What a server said.
pub(super) enum Said {
    Here(Incoming),
    Missing,
}

/// A file that begins to come.
pub(super) struct Incoming {
    pub body: Box<dyn Read>,
    /// Bytes in all, as the server promises.
    pub size: Option<u64>,
    pub modified: Option<SystemTime>,
}

/// Why a server gave nothing, and whether asking again may help.
#[derive(Debug)]
pub(super) struct Trouble {
    pub why: String,
    pub passing: bool,
}

impl Trouble {
    fn lasting(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            passing: false,
        }
    }
}

/// An agent for one transfer; shutting it down ends the transfer at once.
pub(super) fn agent(settings: &Settings, server: &str) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_resolve(Some(CONNECT))
        .timeout_recv_response(settings.timeout)
        .accept_encoding("identity")
        .accept("*/*")
        .user_agent(concat!("tinydbg-tui/", env!("CARGO_PKG_VERSION")));
    if server.starts_with("https://") {
        config = config.tls_config(TlsConfig::builder().root_certs(roots()).build());
    }
    config.build().new_agent()
}

/// The certificates that this machine trusts, a company's own among them; Mozilla's where it names
/// none. Reading them takes some milliseconds, so it is done once.
fn roots() -> RootCerts {
    static ROOTS: OnceLock<RootCerts> = OnceLock::new();
    ROOTS
        .get_or_init(|| {
            let found = rustls_native_certs::load_native_certs().certs;
            if found.is_empty() {
                return RootCerts::WebPki;
            }
            found
                .iter()
                .map(|certificate| Certificate::from_der(certificate).to_owned())
                .into()
        })
        .clone()
}

/// Asks `server` for `wanted`.
pub(super) fn ask(
    agent: &Agent,
    settings: &Settings,
    server: &str,
    wanted: &Wanted,
) -> Result<Said, Trouble> {
    if let Some(tree) = server.strip_prefix("file://") {
        return from_tree(Path::new(tree), wanted);
    }
    let mut url = format!("{server}/{}", wanted.url_path());
    for _ in 0..=REDIRECTS {
        let response = call(agent, settings, &url)?;
        match response.status().as_u16() {
            200 => return incoming(response).map(Said::Here),
            404 => return Ok(Said::Missing),
            301 | 302 | 303 | 307 | 308 => url = redirected(&url, &response)?,
            status => {
                return Err(Trouble {
                    why: format!("it answers with status {status}"),
                    passing: status >= 500,
                });
            }
        }
    }
    Err(Trouble::lasting(format!(
        "it redirects more than {REDIRECTS} times"
    )))
}

fn call(agent: &Agent, settings: &Settings, url: &str) -> Result<Response<Body>, Trouble> {
    let mut request = agent.get(url);
    for (name, value) in &settings.headers {
        request = request.header(name, value);
    }
    if let Some(most) = settings.max_size {
        request = request.header("X-DEBUGINFOD-MAXSIZE", most.to_string());
    }
    request.call().map_err(|error| Trouble {
        passing: matches!(error, ureq::Error::Io(_) | ureq::Error::ConnectionFailed),
        why: error.to_string(),
    })
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

fn incoming(response: Response<Body>) -> Result<Incoming, Trouble> {
    // Nothing was asked to be packed. What is packed all the same could unpack to anything.
    if let Some(packed) = header(&response, "content-encoding").filter(|how| *how != "identity") {
        return Err(Trouble::lasting(format!("it sends the file packed ({packed})")));
    }
    let promised = header(&response, "x-debuginfod-size").and_then(|size| size.parse().ok());
    let modified = header(&response, "last-modified").and_then(date::parse);
    let body = response.into_body();
    Ok(Incoming {
        size: body.content_length().or(promised),
        modified,
        body: Box::new(body.into_reader()),
    })
}

/// Where a redirect leads: only to the same host, and never from https to http. A server that is
/// trusted with a question is not trusted to send it elsewhere.
fn redirected(from: &str, response: &Response<Body>) -> Result<String, Trouble> {
    let to = header(response, "location").ok_or_else(|| Trouble::lasting("it redirects to nowhere"))?;
    let bad = || Trouble::lasting(format!("it redirects to something that is no address: {to}"));
    let base: Uri = from.parse().map_err(|_| bad())?;
    let (Some(scheme), Some(authority)) = (base.scheme_str(), base.authority()) else {
        return Err(bad());
    };
    if to.starts_with('/') && !to.starts_with("//") {
        return Ok(format!("{scheme}://{authority}{to}"));
    }
    let next: Uri = to.parse().map_err(|_| bad())?;
    let same_host = next.host().is_some() && next.host() == base.host();
    let is_safe = match next.scheme_str() {
        Some("https") => true,
        Some("http") => scheme == "http" && next.port_u16() == base.port_u16(),
        _ => false,
    };
    if same_host && is_safe {
        return Ok(to.to_owned());
    }
    Err(Trouble::lasting(format!(
        "it redirects to another place, {to}, which is not followed: name that one in DEBUGINFOD_URLS if you trust it"
    )))
}

/// A tree of files with the paths of the protocol is a server, too.
fn from_tree(tree: &Path, wanted: &Wanted) -> Result<Said, Trouble> {
    let path = tree.join(wanted.file_path());
    match os::open_regular(&path) {
        Ok((file, size)) => {
            let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
            Ok(Said::Here(Incoming {
                body: Box::new(file),
                size: Some(size),
                modified,
            }))
        }
        Err(error) if error.io_kind() == Some(ErrorKind::NotFound) => Ok(Said::Missing),
        Err(error) => Err(Trouble::lasting(error.to_string())),
    }
}
