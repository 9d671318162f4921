//! Opens the places where a debug file may be, best first, and takes the first that belongs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::{self, Identity};
use super::found::{SymbolFile, Symbols};
use super::places::{self, Place};
use super::supplement;
use crate::base::Limits;
use crate::debuginfod::{Cache, Wanted};
use crate::elf::ElfFile;
use crate::os;
use crate::symbols::Image;

/// Where distributions put debug files.
const USUAL: &str = "/usr/lib/debug";

/// Refused files told for one image; the first are the likeliest.
const REFUSED: usize = 8;

/// Where to look.
#[derive(Clone, Debug, Default)]
pub(in crate::target) struct DebugSearch {
    /// Those given by hand.
    given: Vec<PathBuf>,
    /// Those, and the usual ones behind them.
    dirs: Vec<PathBuf>,
    /// False for the sample crash: nothing of this machine belongs to it.
    use_disk: bool,
    /// What was downloaded before.
    cache: Option<Cache>,
}

impl DebugSearch {
    /// Looks in `given`, then in the usual directory, that of `sysroot` first.
    #[must_use]
    pub(in crate::target) fn new(given: &[PathBuf], sysroot: Option<&Path>, cache: Option<&Cache>) -> Self {
        let mut dirs = given.to_vec();
        dirs.extend(sysroot.map(|root| root.join(USUAL.trim_start_matches('/'))));
        dirs.push(PathBuf::from(USUAL));
        Self {
            given: given.to_vec(),
            dirs,
            use_disk: true,
            cache: cache.cloned(),
        }
    }

    /// The directories, for people.
    pub(in crate::target) fn dirs(&self) -> &[PathBuf] {
        &self.dirs
    }

    /// What names and types of `image` come from.
    pub(super) fn symbols(&self, image: &Image, limits: &Limits) -> Symbols {
        let own = image.elf.as_deref().filter(|elf| check::has_dwarf(elf));
        let mut symbols = Symbols {
            has_own: own.is_some(),
            ..Symbols::default()
        };
        if !self.use_disk || is_of_kernel(image) {
            return symbols;
        }
        if let (Some(elf), Some(own)) = (&image.elf, own) {
            // Its own debug information may still have a part in a file that it shares.
            if own.alt_link(limits).is_some() {
                symbols.supplement = supplement::find(
                    &self.dirs,
                    Path::new(&image.from),
                    elf,
                    limits,
                    &mut symbols.refused,
                );
            }
            return symbols;
        }
        for place in self.places(image, limits, &mut symbols.refused) {
            match open(&place, image, limits) {
                Ok(Some(mut file)) => {
                    file.supplement =
                        supplement::find(&self.dirs, &place.path, &file.elf, limits, &mut symbols.refused);
                    symbols.file = Some(file);
                    break;
                }
                Ok(None) => {}
                Err(why) if symbols.refused.len() < REFUSED => symbols.refused.push(why),
                Err(_) => {}
            }
        }
        symbols
    }

    fn places(&self, image: &Image, limits: &Limits, refused: &mut Vec<String>) -> Vec<Place> {
        let mut all = Vec::new();
        if let Some(id) = &image.build_id {
            all.extend(places::by_build_id(&self.dirs, id));
        }
        let files = paths_of(image);
        let link = image.elf.as_ref().and_then(|elf| elf.debug_link(limits));
        if let Some(link) = link {
            for file in &files {
                match places::by_link(&self.dirs, file, &link) {
                    Ok(places) => all.extend(places),
                    Err(why) => refused.push(format!("{}: {why}", image.path)),
                }
            }
            refused.dedup();
        }
        for file in &files {
            all.extend(places::by_custom(&self.given, file));
        }
        if let (Some(cache), Some(id)) = (&self.cache, &image.build_id) {
            let downloaded = cache.places(&Wanted::debuginfo(id.clone()));
            all.extend(downloaded.into_iter().map(Place::plain));
        }
        let mut seen = Vec::with_capacity(all.len());
        all.retain(|place| {
            let is_new = !seen.contains(&place.path);
            seen.push(place.path.clone());
            is_new
        });
        all
    }
}

/// The paths that the image's file has or had: where it was found, and as the target names it.
fn paths_of(image: &Image) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    if image.elf.is_some() {
        let found = PathBuf::from(&image.from);
        // A link's target may have its debug file beside it.
        paths.extend(std::fs::canonicalize(&found).ok());
        paths.push(found);
    }
    paths.push(PathBuf::from(&*image.path));
    paths.dedup();
    paths
}

/// The vdso's own file exists in the kernel only.
fn is_of_kernel(image: &Image) -> bool {
    image.path.starts_with('[')
}

/// `Ok(None)`: there is no such file, or it is the image's own. `Err`: there is, and it is not used.
fn open(place: &Place, image: &Image, limits: &Limits) -> Result<Option<SymbolFile>, String> {
    let Ok(file) = os::map_file(&place.path) else {
        return Ok(None);
    };
    let path = place.path.display().to_string();
    let refuse = |why: &dyn std::fmt::Display| format!("{path}: {why}");
    let elf = ElfFile::parse(file.bytes, limits).map_err(|error| refuse(&error))?;
    let own = image.elf.as_deref();
    // The stripped program itself lies under the names that people give, too.
    if own.is_some_and(|own| own.bytes()[..] == elf.bytes()[..]) && !check::has_symbols(&elf) {
        return Ok(None);
    }
    let identity = Identity {
        elf: own,
        build_id: image.build_id.as_ref(),
        crc: place.crc,
    };
    let proof = check::belongs(identity, &elf).map_err(|why| refuse(&why))?;
    Ok(Some(SymbolFile {
        elf: Arc::new(elf),
        supplement: None,
        from: path,
        proof,
        watch: Some(file.watch),
    }))
}
