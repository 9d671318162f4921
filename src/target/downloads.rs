//! What servers may be asked for: which files this target misses, and fetching them.
//!
//! A task is made here and run elsewhere, so that nothing waits for it. What it fetches lands in the
//! cache of debuginfod, where the ordinary search finds it: nothing is handed over.

use std::fmt;
use std::sync::Arc;

use super::inferior::Target;
use super::sources;
use crate::base::{CancelToken, Limits, ProgressSink};
use crate::debuginfod::{Cache, Client, FetchError, Settings, Wanted};
use crate::elf::BuildId;
use crate::model::{
    Arrival, DownloadOffer, Failure, FailureKind, SourceOrigin, SourceText, Warning, WarningKind,
};
use crate::os;
use crate::symbols::Image;

/// Why a build without build-id cannot be looked up anywhere.
pub(super) const NO_BUILD_ID: &str = "it has no build-id, by which servers know files: Go writes one since go1.24, and since go1.22 with -ldflags=-B=gobuildid";

/// Whom to ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Downloads {
    client: Option<Arc<Client>>,
    /// Why nobody is asked.
    pub why_not: Option<&'static str>,
    /// What came of asking, for the session's warnings.
    pub problems: Vec<String>,
}

impl Downloads {
    /// What the environment says. With `allowed` false nobody is asked, but what was downloaded
    /// before is used.
    pub(super) fn new(allowed: bool, limits: &Limits) -> Self {
        let mut settings = Settings::of_this_process();
        let problems = std::mem::take(&mut settings.complaints);
        let why_not = if !allowed {
            Some("--no-debuginfod forbids to ask servers")
        } else if settings.servers.is_empty() {
            Some("DEBUGINFOD_URLS is not set, so no server is asked for it")
        } else {
            None
        };
        Self {
            client: Client::new(settings, limits).map(Arc::new),
            why_not,
            problems,
        }
    }

    pub(super) fn cache(&self) -> Option<&Cache> {
        self.client.as_ref().map(|client| client.cache())
    }

    /// The client, where it may ask.
    fn asking(&self) -> Option<&Arc<Client>> {
        self.client.as_ref().filter(|_| self.why_not.is_none())
    }
}

/// A file that is missing, as people know it.
#[derive(Clone, Debug)]
struct MissingFile {
    what: String,
    wanted: Wanted,
    is_code: bool,
}

/// Fetches everything that a target misses.
#[derive(Clone, Debug)]
pub struct FetchTask {
    client: Arc<Client>,
    files: Vec<MissingFile>,
}

impl FetchTask {
    /// Asks for one file after the other; as long as it takes.
    ///
    /// # Errors
    /// Only that it was cancelled; a file that did not come is told in the result.
    pub fn run(&self, cancel: &CancelToken, progress: ProgressSink<'_>) -> Result<Arrival, Failure> {
        let mut arrival = Arrival::default();
        for file in &self.files {
            match self.client.fetch(&file.wanted, cancel, progress) {
                Ok(fetched) => {
                    let from = fetched.server.as_deref().unwrap_or("the cache");
                    arrival.came.push(format!("{} from {from}", file.what));
                    arrival.reopen |= file.is_code;
                }
                Err(FetchError::Cancelled(_)) => return Err(cancelled()),
                Err(error) => arrival.failed.push(format!("{}: {error}", file.what)),
            }
        }
        Ok(arrival)
    }
}

/// Fetches one source file.
pub struct SourceTask {
    client: Arc<Client>,
    file: Arc<str>,
    wanted: Wanted,
    limits: Limits,
    /// Why it was not found on this machine.
    local: Failure,
}

impl fmt::Debug for SourceTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceTask({})", self.file)
    }
}

impl SourceTask {
    /// # Errors
    /// Why it is neither here nor there.
    pub fn run(&self, cancel: &CancelToken, progress: ProgressSink<'_>) -> Result<SourceText, Failure> {
        let fetched = self.client.fetch(&self.wanted, cancel, progress);
        match fetched {
            Ok(fetched) => {
                let from = fetched
                    .server
                    .unwrap_or_else(|| "the cache of debuginfod".to_owned());
                let text = downloaded(&self.file, &fetched.path, from, &self.limits);
                text.map_err(|error| self.local.clone().because(&error))
            }
            Err(FetchError::Cancelled(_)) => Err(cancelled()),
            Err(error) => Err(self.local.clone().because(&error)),
        }
    }
}

fn downloaded(
    file: &Arc<str>,
    path: &std::path::Path,
    from: String,
    limits: &Limits,
) -> Result<SourceText, os::FileError> {
    Ok(SourceText {
        file: Arc::clone(file),
        origin: SourceOrigin::Server(from),
        lines: sources::lines(&os::read_small(path, limits.source_bytes)?),
        doubt: None,
    })
}

fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "cancelled")
}

impl Target {
    /// What could be asked for; `None` where nobody is to be asked.
    #[must_use]
    pub fn offer(&self) -> Option<DownloadOffer> {
        let client = self.downloads.asking()?;
        Some(DownloadOffer {
            servers: client.servers().to_vec(),
            files: self.missing_files().into_iter().map(|file| file.what).collect(),
        })
    }

    /// A task that fetches all that is missing; `None` where nobody is to be asked.
    #[must_use]
    pub fn fetch_task(&self) -> Option<FetchTask> {
        Some(FetchTask {
            client: Arc::clone(self.downloads.asking()?),
            files: self.missing_files(),
        })
    }

    /// A task that fetches the source recorded as `file`, which is not on this machine, as `local`
    /// says; `None` where nobody is to be asked for it.
    #[must_use]
    pub fn source_task(&self, file: &Arc<str>, local: &Failure) -> Option<SourceTask> {
        Some(SourceTask {
            client: Arc::clone(self.downloads.asking()?),
            file: Arc::clone(file),
            wanted: self.wanted_source(file)?,
            limits: self.limits.clone(),
            local: local.clone(),
        })
    }

    /// The source as it was downloaded before.
    pub(super) fn cached_source(&self, file: &Arc<str>) -> Option<SourceText> {
        let path = self
            .downloads
            .client
            .as_ref()?
            .cached(&self.wanted_source(file)?)?;
        downloaded(file, &path, "the cache of debuginfod".to_owned(), &self.limits).ok()
    }

    fn wanted_source(&self, file: &str) -> Option<Wanted> {
        let build_id = self.main()?.1.build_id.clone()?;
        // Under -trimpath there is no path that a server could know.
        file.starts_with('/').then(|| Wanted::source(build_id, file))
    }

    /// The program's debug information, and code that is not here: of the program first.
    fn missing_files(&self) -> Vec<MissingFile> {
        let images = self.core.images.iter().enumerate();
        images
            .filter_map(|(index, image)| {
                let build_id = image.build_id.clone()?;
                if image.elf.is_none() {
                    return Some(MissingFile {
                        what: format!("the executable code of {}", image.path),
                        wanted: Wanted::executable(build_id),
                        is_code: true,
                    });
                }
                (image.is_main && !self.debug_infos.exists(index, image))
                    .then(|| debug_information(image, build_id))
            })
            .collect()
    }

    /// Takes notice of files that have come into the cache.
    pub fn symbols_arrived(&mut self, arrival: &Arrival) {
        self.downloads.problems.extend(arrival.failed.iter().cloned());
        self.search_symbols_again();
    }

    /// Why there are no variables, and what helps.
    pub(super) fn no_debug_info(&self) -> Option<Warning> {
        let (index, image) = self.main()?;
        if self.names.is_demo || self.go.is_none() || self.debug_infos.exists(index, image) {
            return None;
        }
        let next = match (self.downloads.why_not, &image.build_id) {
            (_, None) => NO_BUILD_ID,
            (Some(why_not), _) => why_not,
            (None, _) if self.downloads.client.is_none() => {
                "there is no place for downloads: HOME is not set"
            }
            (None, _) => "the servers of DEBUGINFOD_URLS may have it",
        };
        Some(Warning::new(
            WarningKind::NoDebugInfo,
            format!("no debug information, so no variables: {}; {next}", image.path),
        ))
    }
}

fn debug_information(image: &Image, build_id: BuildId) -> MissingFile {
    MissingFile {
        what: format!("debug information of {}", image.path),
        wanted: Wanted::debuginfo(build_id),
        is_code: false,
    }
}
