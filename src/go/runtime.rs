//! [`GoRuntime`]: the Go runtime of a process, found once, and everything that is constant in it.

use std::sync::Arc;

use super::{
    Anchors, GoBuildInfo, GoCode, GoError, Layout, Moduledata, Overrides, Region, Surroundings, pclntab,
};
use crate::base::{Addr, Limits};
use crate::memory::Memory;
use crate::model::{Warning, WarningKind};
use crate::symbols::Image;

/// What was found. Parts that are missing are empty or `None`, and `warnings` says why.
#[derive(Clone, Debug)]
pub struct GoRuntime {
    /// Path of the image that holds the runtime: the program, or a shared library.
    pub image: Arc<str>,
    pub build: Option<GoBuildInfo>,
    pub layout: Layout,
    /// Modules in order of loading: the program itself, then plugins.
    pub modules: Vec<Moduledata>,
    pub code: GoCode,
    pub anchors: Anchors,
    pub warnings: Vec<Warning>,
}

impl GoRuntime {
    /// Finds the Go runtime in the program itself or else in one of its libraries.
    ///
    /// Without the executable's file there is usually only the build information: cores do not
    /// hold code.
    pub fn discover(images: &[Image], memory: &dyn Memory, limits: &Limits) -> Result<Self, GoError> {
        Self::discover_described(images, memory, limits, &|_| Overrides::default())
    }

    /// Like [`GoRuntime::discover`]; `describe` gives the offsets in an image's debug information
    /// and is asked only when no measurement covers the release.
    pub fn discover_described(
        images: &[Image],
        memory: &dyn Memory,
        limits: &Limits,
        describe: &dyn Fn(&Image) -> Overrides,
    ) -> Result<Self, GoError> {
        let main_first = images
            .iter()
            .filter(|image| image.is_main)
            .chain(images.iter().filter(|image| !image.is_main));
        let mut only_build_info = None;
        for image in main_first {
            let build = GoBuildInfo::find_if_likely(image, memory, limits);
            let table = pclntab::find_pclntab(image, build.is_some() || image.is_main)
                .or_else(|| table_in_memory(image, memory, build.is_some()));
            match (table, build) {
                (Some(table), build) => {
                    let mut runtime = Self::empty(image, build)?;
                    if runtime.layout.is_guessed() {
                        runtime.describe_layout(&describe(image));
                    }
                    return Ok(runtime.assemble(images, memory, limits, (image, &table)));
                }
                (None, Some(build)) => {
                    only_build_info.get_or_insert((image, build));
                }
                (None, None) => {}
            }
        }
        let (image, build) = only_build_info.ok_or(GoError::NotGo)?;
        let mut runtime = Self::empty(image, Some(build))?;
        let why = GoError::NoPclntab;
        runtime.warn(
            WarningKind::MissingFile,
            format!(
                "{why} for {}: without the executable there are neither goroutines nor names",
                image.path
            ),
        );
        Ok(runtime)
    }

    /// The text of the Go version, as the build information has it.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.build.as_ref().map(|build| build.version.text.as_str())
    }

    /// The module whose types or code hold `addr`.
    #[must_use]
    pub fn module_of_types(&self, addr: Addr) -> Option<&Moduledata> {
        self.modules.iter().find(|module| module.types.contains(addr))
    }

    fn empty(image: &Image, build: Option<GoBuildInfo>) -> Result<Self, GoError> {
        let version = build.as_ref().map(|build| &build.version);
        Ok(Self {
            image: Arc::clone(&image.path),
            layout: Layout::for_version(version)?,
            build,
            modules: Vec::new(),
            code: GoCode::default(),
            anchors: Anchors::default(),
            warnings: Vec::new(),
        })
    }

    fn assemble(
        mut self,
        images: &[Image],
        memory: &dyn Memory,
        limits: &Limits,
        (image, table): (&Image, &Region),
    ) -> Self {
        let first = match Moduledata::find(image, table, memory, &self.layout) {
            Ok(first) => first,
            Err(why) => {
                self.warn(
                    WarningKind::Damaged,
                    format!("{why}; no goroutines and no names of Go functions"),
                );
                return self;
            }
        };
        self.modules = first.chain(memory, &self.layout, limits);
        self.read_tables(images, memory, limits);
        let around = Surroundings {
            code: &self.code,
            images,
            memory,
            layout: &self.layout,
        };
        self.anchors = Anchors::find(&around);
        if !self.anchors.missing.is_empty() {
            let missing = self.anchors.missing.join(", ");
            self.warn(
                WarningKind::Damaged,
                format!("not found in the runtime: {missing}; what needs them is missing as well"),
            );
        }
        self
    }

    fn read_tables(&mut self, images: &[Image], memory: &dyn Memory, limits: &Limits) {
        let mut tables = Vec::with_capacity(self.modules.len());
        let mut complaints = Vec::new();
        for module in &self.modules {
            match module.pclntab(images, memory, &self.layout, limits) {
                Ok(table) => tables.push(table),
                Err(why) => complaints.push(format!("the module at {} has no names: {why}", module.addr)),
            }
            if module.has_text_sections {
                complaints.push(format!(
                    "the module at {} has several text sections: names beyond the first may be wrong",
                    module.addr
                ));
            }
        }
        self.code = GoCode::new(tables);
        for complaint in complaints {
            self.warn(WarningKind::Damaged, complaint);
        }
    }

    /// A release that no measurement covers: its own debug information first, else the nearest one.
    fn describe_layout(&mut self, described: &Overrides) {
        let version = self.version().map(str::to_owned);
        let source = if described.is_empty() {
            "the nearest one's layout stands in"
        } else {
            self.layout = self.layout.clone().with_overrides(described);
            "its layout is taken from its own debug information"
        };
        let message = match version {
            Some(version) => {
                format!("{version} is not among the releases this program was measured with: {source}")
            }
            None => format!("the Go version is not known: {source}"),
        };
        self.warn(WarningKind::Guessed, message);
    }

    fn warn(&mut self, kind: WarningKind, message: String) {
        self.warnings.push(Warning::new(kind, message));
    }
}

/// The function table as memory holds it, for an image whose file is not here: cores written with
/// file-backed pages have it.
fn table_in_memory(image: &Image, memory: &dyn Memory, is_go: bool) -> Option<Region> {
    if image.elf.is_some() || !(is_go || image.is_main) {
        return None;
    }
    pclntab::find_in_memory(image, memory)
}
