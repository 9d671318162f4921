//! [`Client`]: from a wanted file to a verified one in the cache.

use std::io::{self, Read};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::agent::{self, Incoming, Said, Trouble};
use super::cache::{Cache, Cached, Part};
use super::limits::Watched;
use super::wanted::{Artefact, Wanted};
use super::{FetchError, Settings, verify};
use crate::base::{CancelToken, Limits, Progress, ProgressSink, Unit};

/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// Time before a server is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// A verified file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// In the cache.
    pub path: PathBuf,
    /// The server it came from; `None` when it was there already.
    pub server: Option<String>,
}

/// Settings and a place to put files.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Settings,
    cache: Cache,
    limits: Limits,
}

/// Who waits for a file, and how long.
#[derive(Clone, Copy)]
struct Waiting<'a> {
    wanted: &'a Wanted,
    cancel: &'a CancelToken,
    progress: ProgressSink<'a>,
}

impl Client {
    /// `None` where there is no place for a cache: neither HOME nor a variable names one.
    #[must_use]
    pub fn new(settings: Settings, limits: &Limits) -> Option<Self> {
        let cache = settings.cache.clone()?;
        let limits = limits.clone();
        Some(Self {
            settings,
            cache,
            limits,
        })
    }

    #[must_use]
    pub fn servers(&self) -> &[String] {
        &self.settings.servers
    }

    #[must_use]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The file out of the cache, if it is there and is what it should be. Asks nobody.
    #[must_use]
    pub fn cached(&self, wanted: &Wanted) -> Option<PathBuf> {
        wanted.check().ok()?;
        let Cached::Here(path) = self.cache.look(wanted) else {
            return None;
        };
        verify::check(wanted, &path, &self.limits).is_ok().then_some(path)
    }

    /// Gets the file from the cache or from the first server that gives the right one. Takes as
    /// long as the settings allow.
    ///
    /// # Errors
    /// Why there is none: for each server that was asked.
    pub fn fetch(
        &self,
        wanted: &Wanted,
        cancel: &CancelToken,
        progress: ProgressSink<'_>,
    ) -> Result<Fetched, FetchError> {
        wanted.check()?;
        if let Some(path) = self.cached(wanted) {
            return Ok(Fetched { path, server: None });
        }
        if let Cached::Missing(age) = self.cache.look(wanted) {
            return Err(FetchError::KnownMissing(age));
        }
        let waiting = Waiting {
            wanted,
            cancel,
            progress,
        };
        let mut reasons = Vec::new();
        for server in &self.settings.servers {
            match self.ask_patiently(server, waiting) {
                Ok(Some(path)) => {
                    return Ok(Fetched {
                        path,
                        server: Some(server.clone()),
                    });
                }
                Ok(None) => {}
                Err(Stop::Cancelled(cancelled)) => return Err(cancelled.into()),
                Err(Stop::Cache(error)) => return Err(FetchError::Cache(error.to_string())),
                Err(Stop::Server(trouble)) => reasons.push(format!("{server}: {}", trouble.why)),
            }
        }
        if reasons.is_empty() {
            self.cache.note_missing(wanted);
            return Err(FetchError::NotFound);
        }
        Err(FetchError::Servers(reasons))
    }

    /// Asks again after trouble that may pass.
    fn ask_patiently(&self, server: &str, waiting: Waiting<'_>) -> Result<Option<PathBuf>, Stop> {
        let mut part = self.cache.begin(waiting.wanted).map_err(Stop::Cache)?;
        let mut tries = 0;
        loop {
            tries += 1;
            match self.ask_once(server, waiting, &mut part) {
                Ok(None) => return Ok(None),
                Ok(Some(modified)) => {
                    return match verify::check(waiting.wanted, part.path(), &self.limits) {
                        Ok(()) => part.keep(modified.0).map(Some).map_err(Stop::Cache),
                        Err(why) => Err(Stop::Server(Trouble { why, passing: false })),
                    };
                }
                Err(Stop::Server(trouble)) if trouble.passing && tries < self.settings.retries => {
                    thread::sleep(PAUSE);
                    waiting.cancel.check().map_err(Stop::Cancelled)?;
                    part.restart().map_err(Stop::Cache)?;
                }
                Err(stop) => return Err(stop),
            }
        }
    }

    /// One transfer, with a watch that ends it when it is cancelled or takes too long.
    fn ask_once(
        &self,
        server: &str,
        waiting: Waiting<'_>,
        part: &mut Part,
    ) -> Result<Option<Modified>, Stop> {
        let agent = agent::agent(&self.settings, server);
        let watched = Watched::default();
        let outcome = thread::scope(|scope| {
            let stop = agent.clone();
            scope.spawn(|| watched.watch(&self.settings, waiting.cancel, || stop.shutdown()));
            let outcome = match agent::ask(&agent, &self.settings, server, waiting.wanted) {
                Ok(Said::Here(incoming)) => self.take(incoming, server, waiting, (part, &watched)).map(Some),
                Ok(Said::Missing) => Ok(None),
                Err(trouble) => Err(Stop::Server(trouble)),
            };
            watched.finish();
            outcome
        });
        // What was cut short may look like a failure, or like a whole file.
        waiting.cancel.check().map_err(Stop::Cancelled)?;
        match watched.verdict(&self.settings) {
            Some(why) => Err(Stop::Server(Trouble { why, passing: false })),
            None => outcome,
        }
    }

    fn take(
        &self,
        mut incoming: Incoming,
        server: &str,
        waiting: Waiting<'_>,
        (part, watched): (&mut Part, &Watched),
    ) -> Result<Modified, Stop> {
        let most = self.most_bytes(waiting.wanted);
        let too_large = |bytes: u64| {
            Stop::Server(Trouble {
                why: format!("the file has {bytes} bytes or more; at most {most} are taken"),
                passing: false,
            })
        };
        if let Some(size) = incoming.size.filter(|size| *size > most) {
            return Err(too_large(size));
        }
        let phase = format!("downloading {} from {}", waiting.wanted.what(), host(server));
        let mut buffer = vec![0; CHUNK];
        loop {
            waiting.cancel.check().map_err(Stop::Cancelled)?;
            (waiting.progress)(Progress {
                phase: phase.clone(),
                done: watched.bytes(),
                total: incoming.size,
                unit: Unit::Bytes,
            });
            let got = read(&mut incoming.body, &mut buffer)?;
            let Some(bytes) = buffer.get(..got).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            watched.add(got as u64);
            if watched.bytes() > most {
                return Err(too_large(watched.bytes()));
            }
            part.write(bytes).map_err(Stop::Cache)?;
        }
        match incoming.size {
            Some(size) if size != watched.bytes() => Err(Stop::Server(Trouble {
                why: format!("it promised {size} bytes and gave {}", watched.bytes()),
                passing: true,
            })),
            _ => Ok(Modified(incoming.modified)),
        }
    }

    fn most_bytes(&self, wanted: &Wanted) -> u64 {
        let most = match wanted.artefact {
            Artefact::Source(_) => self.limits.source_bytes,
            Artefact::Debuginfo | Artefact::Executable => self.limits.unpacked_bytes,
        };
        self.settings.max_size.map_or(most, |set| set.min(most))
    }
}

/// When a file was last changed, as its server says.
struct Modified(Option<std::time::SystemTime>);

/// Why a transfer ended without a file.
enum Stop {
    Server(Trouble),
    Cache(io::Error),
    Cancelled(crate::base::Cancelled),
}

fn read(body: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, Stop> {
    loop {
        match body.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(Stop::Server(Trouble {
                    why: format!("it broke off: {error}"),
                    passing: true,
                }));
            }
            Ok(got) => return Ok(got),
        }
    }
}

/// The part of an address that people know a server by.
fn host(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    match rest.split('/').next() {
        Some("") | None => server,
        Some(host) => host.rsplit('@').next().unwrap_or(host),
    }
}
