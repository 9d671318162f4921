//! The names of all runtime fields and constants this program reads; their numbers are in
//! `assets/go-layouts.toml`.

macro_rules! names {
    ($(#[$doc:meta])* $kind:ident: $( $structure:literal { $( $variant:ident = $name:literal, )* } )*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $kind { $( $( $variant, )* )* }

        impl $kind {
            /// All of them, in order of their discriminants.
            pub const ALL: &'static [Self] = &[ $( $( Self::$variant, )* )* ];

            /// The structure, as the table and the runtime call it.
            #[must_use]
            pub const fn structure(self) -> &'static str {
                match self { $( $( Self::$variant )|* => $structure, )* }
            }

            /// The name inside the structure.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( $( Self::$variant => $name, )* )* }
            }
        }
    };
}

names! {
    /// A field of a runtime structure.
    Field:
    "g" {
        GSize = "size",
        GStackLo = "stack.lo",
        GStackHi = "stack.hi",
        GPanic = "_panic",
        GDefer = "_defer",
        GM = "m",
        GSchedSp = "sched.sp",
        GSchedPc = "sched.pc",
        GSchedG = "sched.g",
        GSchedBp = "sched.bp",
        GSyscallsp = "syscallsp",
        GSyscallpc = "syscallpc",
        GSyscallbp = "syscallbp",
        GStktopsp = "stktopsp",
        GParam = "param",
        GAtomicstatus = "atomicstatus",
        GGoid = "goid",
        GWaitsince = "waitsince",
        GWaitreason = "waitreason",
        GAsyncSafePoint = "asyncSafePoint",
        GLockedm = "lockedm",
        GSig = "sig",
        GSigcode0 = "sigcode0",
        GSigcode1 = "sigcode1",
        GSigpc = "sigpc",
        GParentGoid = "parentGoid",
        GGopc = "gopc",
        GAncestors = "ancestors",
        GStartpc = "startpc",
        GWaiting = "waiting",
        GLabels = "labels",
        GTimer = "timer",
        GSleepWhen = "sleepWhen",
        GCoroarg = "coroarg",
        GBubble = "bubble",
    }
    "m" {
        MSize = "size",
        MG0 = "g0",
        MProcid = "procid",
        MGsignal = "gsignal",
        MCurg = "curg",
        MCaughtsig = "caughtsig",
        MP = "p",
        MId = "id",
        MThrowing = "throwing",
        MDying = "dying",
        MIncgo = "incgo",
    }
    "p" {
        PSysmontickSchedwhen = "sysmontick.schedwhen",
        PSysmontickSyscallwhen = "sysmontick.syscallwhen",
        PSize = "size",
        PId = "id",
        PStatus = "status",
        PM = "m",
    }
    "schedt" {
        SchedSize = "size",
        SchedGoidgen = "goidgen",
        SchedLastpoll = "lastpoll",
        SchedMnext = "mnext",
        SchedMaxmcount = "maxmcount",
        SchedNmfreed = "nmfreed",
    }
    "sudog" {
        SudogSize = "size",
        SudogG = "g",
        SudogNext = "next",
        SudogPrev = "prev",
        SudogElem = "elem",
        SudogTicket = "ticket",
        SudogIsSelect = "isSelect",
        SudogParent = "parent",
        SudogWaitlink = "waitlink",
        SudogC = "c",
    }
    "hchan" {
        HchanSize = "size",
        HchanQcount = "qcount",
        HchanDataqsiz = "dataqsiz",
        HchanBuf = "buf",
        HchanElemsize = "elemsize",
        HchanClosed = "closed",
        HchanTimer = "timer",
        HchanElemtype = "elemtype",
        HchanSendx = "sendx",
        HchanRecvx = "recvx",
        HchanRecvq = "recvq",
        HchanSendq = "sendq",
        HchanLock = "lock",
    }
    "_panic" {
        PanicSize = "size",
        PanicArgp = "argp",
        PanicArg = "arg",
        PanicLink = "link",
        PanicStartPC = "startPC",
        PanicStartSP = "startSP",
        PanicPc = "pc",
        PanicSp = "sp",
        PanicRecovered = "recovered",
        PanicRepanicked = "repanicked",
        PanicGoexit = "goexit",
        PanicDeferreturn = "deferreturn",
    }
    "_defer" {
        DeferSize = "size",
        DeferHeap = "heap",
        DeferRangefunc = "rangefunc",
        DeferSp = "sp",
        DeferPc = "pc",
        DeferFn = "fn",
        DeferLink = "link",
        DeferHead = "head",
    }
    "moduledata" {
        ModuledataSize = "size",
        ModuledataPcHeader = "pcHeader",
        ModuledataText = "text",
        ModuledataEtext = "etext",
        ModuledataTypes = "types",
        ModuledataEtypes = "etypes",
        ModuledataRodata = "rodata",
        ModuledataGofunc = "gofunc",
        ModuledataTextsectmapLen = "textsectmap.len",
        ModuledataPluginpath = "pluginpath",
        ModuledataModulename = "modulename",
        ModuledataHasmain = "hasmain",
        ModuledataNext = "next",
    }
    "timer" {
        TimerSize = "size",
        TimerWhen = "when",
        TimerPeriod = "period",
        TimerF = "f",
        TimerArg = "arg",
    }
    "pollDesc" {
        PollDescSize = "size",
        PollDescFd = "fd",
        PollDescRg = "rg",
        PollDescWg = "wg",
        PollDescRd = "rd",
        PollDescWd = "wd",
    }
}

names! {
    /// A number that differs between versions and is no offset.
    Constant:
    "constants" {
        WrapperFuncId = "wrapper_func_id",
        StatusLeaked = "status_leaked",
        StatusDeadExtra = "status_dead_extra",
        DirectIfaceInTflag = "direct_iface_in_tflag",
        LabelsAreSlice = "labels_are_slice",
        SemaRoots = "sema_roots",
        SemaRootStride = "sema_root_stride",
        SemaRootTreap = "sema_root_treap",
        BacklogBytes = "backlog_bytes",
    }
}
