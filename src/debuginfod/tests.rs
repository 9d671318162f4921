//! A server that misbehaves, on the loopback, in each way that one can.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::*;
use crate::base::{CancelToken, Limits};
use crate::elf::{BuildId, synth};

/// Answers every request by `behave`, which gets the path; counts them.
struct Server {
    url: String,
    asked: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(behave: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, heads) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (count, kept, behave) = (Arc::clone(&asked), Arc::clone(&heads), Arc::new(behave));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (count, kept, behave) = (Arc::clone(&count), Arc::clone(&kept), Arc::clone(&behave));
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let head = head(&stream);
                    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                    kept.lock().unwrap().push(head);
                    count.fetch_add(1, Ordering::SeqCst);
                    behave(&path, &mut stream);
                });
            }
        });
        Self { url, asked, heads }
    }

    /// Answers every request with the same bytes, its own header included.
    fn saying(answer: Vec<u8>) -> Self {
        Self::new(move |_, stream| {
            let _ = stream.write_all(&answer);
        })
    }
}

fn head(stream: &TcpStream) -> String {
    let mut text = String::new();
    let mut reader = BufReader::new(stream);
    while reader.read_line(&mut text).is_ok_and(|read| read > 2) {}
    text
}

fn ok(body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

/// An executable with the build-id 0707...
fn right() -> Vec<u8> {
    synth::executable(0x40_0000, 7)
}

fn wanted() -> Wanted {
    Wanted::executable(BuildId(vec![7; 20]))
}

struct Machine {
    dir: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Machine {
    fn asking(urls: &[&str]) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            variables: vec![("DEBUGINFOD_URLS", urls.join(" "))],
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn client(&self) -> Client {
        let cache = self.dir.path().join("cache");
        let settings = Settings::from_environment(&|wanted| {
            if wanted == "DEBUGINFOD_CACHE_PATH" {
                return Some(cache.clone().into_os_string());
            }
            let mut variables = self.variables.iter();
            variables
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| OsString::from(value))
        });
        Client::new(settings, &Limits::default()).unwrap()
    }

    fn fetch(&self, wanted: &Wanted) -> Result<Fetched, FetchError> {
        self.client().fetch(wanted, &CancelToken::new(), &|_| {})
    }

    /// The reason of the only server.
    fn refused(&self) -> String {
        match self.fetch(&wanted()) {
            Err(FetchError::Servers(reasons)) if reasons.len() == 1 => reasons[0].clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Every file below the cache.
    fn files(&self) -> Vec<String> {
        let cache = self.dir.path().join("cache");
        let Ok(builds) = fs::read_dir(cache) else {
            return Vec::new();
        };
        builds
            .flat_map(|build| fs::read_dir(build.unwrap().path()).unwrap())
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

#[test]
fn a_file_is_asked_for_once_and_kept_as_the_c_client_keeps_it() {
    let server = Server::saying(ok(&right()));
    let machine = Machine::asking(&[&server.url]);
    let fetched = machine.fetch(&wanted()).unwrap();
    assert_eq!(fetched.server.as_deref(), Some(&*server.url));
    assert_eq!(
        fetched.path,
        machine
            .dir
            .path()
            .join(format!("cache/{}/executable", "07".repeat(20)))
    );
    let metadata = fs::metadata(&fetched.path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o400);
    let written = metadata
        .modified()
        .unwrap()
        .duration_since(SystemTime::UNIX_EPOCH);
    assert_eq!(written.unwrap().as_secs(), 784_111_777);
    let dir = fs::metadata(fetched.path.parent().unwrap()).unwrap();
    assert_eq!(dir.permissions().mode() & 0o777, 0o700);
    assert_eq!(machine.fetch(&wanted()).unwrap().server, None);
    assert_eq!(server.asked.load(Ordering::SeqCst), 1);
    assert_eq!(machine.files(), ["executable"]);
}

#[test]
fn that_no_server_has_it_is_noted_and_believed_for_a_while() {
    let server = Server::saying(status("404 Not Found"));
    let machine = Machine::asking(&[&server.url]);
    assert_eq!(machine.fetch(&wanted()), Err(FetchError::NotFound));
    assert!(matches!(
        machine.fetch(&wanted()),
        Err(FetchError::KnownMissing(_))
    ));
    assert_eq!(server.asked.load(Ordering::SeqCst), 1);
    assert_eq!(machine.files(), ["executable"]);
    fs::write(machine.dir.path().join("cache/cache_miss_s"), "0").unwrap();
    assert_eq!(machine.fetch(&wanted()), Err(FetchError::NotFound));
    assert_eq!(server.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn the_next_server_is_asked_when_one_has_nothing_or_nothing_good() {
    let empty = Server::saying(status("404 Not Found"));
    let wrong = Server::saying(ok(&synth::executable(0x40_0000, 8)));
    let good = Server::saying(ok(&right()));
    let machine = Machine::asking(&[&empty.url, &wrong.url, "http://127.0.0.1:1", &good.url]);
    assert_eq!(
        machine.fetch(&wanted()).unwrap().server.as_deref(),
        Some(&*good.url)
    );
}

#[test]
fn a_wrong_file_is_refused_and_leaves_nothing_behind() {
    let debug_of_other = synth::executable(0x40_0000, 8);
    for (body, said) in [
        (debug_of_other, "another build-id, 0808"),
        (b"<html>please log in</html>".to_vec(), "no ELF file"),
        (right()[..300].to_vec(), "what came"),
        (Vec::new(), "is empty"),
    ] {
        let server = Server::saying(ok(&body));
        let machine = Machine::asking(&[&server.url]);
        let why = machine.refused();
        assert!(why.contains(said), "{why}");
        assert_eq!(machine.files(), [""; 0], "{why}");
    }
}

#[test]
fn a_poisoned_cache_is_not_believed() {
    let server = Server::saying(ok(&right()));
    let machine = Machine::asking(&[&server.url]);
    let place = machine.client().cache().places(&wanted())[0].clone();
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, synth::executable(0x40_0000, 8)).unwrap();
    assert_eq!(machine.client().cached(&wanted()), None);
    assert_eq!(
        machine.fetch(&wanted()).unwrap().server.as_deref(),
        Some(&*server.url)
    );
    assert!(machine.client().cached(&wanted()).is_some());
}

#[test]
fn a_body_without_end_is_left_at_the_limit() {
    let server = Server::new(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while stream.write_all(&[0x7f; 1 << 16]).is_ok() {}
    });
    let machine = Machine::asking(&[&server.url]).with("DEBUGINFOD_MAXSIZE", "1000000");
    let why = machine.refused();
    assert!(why.contains("at most 1000000 are taken"), "{why}");
    assert_eq!(machine.files(), [""; 0]);
}

#[test]
fn a_promise_above_the_limit_is_enough_to_refuse() {
    let server = Server::saying(
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\nConnection: close\r\n\r\n".to_vec(),
    );
    let why = Machine::asking(&[&server.url]).refused();
    assert!(why.contains("99999999999999 bytes or more"), "{why}");
}

#[test]
fn a_server_that_drips_is_left() {
    let server = Server::new(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    for (name, said) in [
        ("DEBUGINFOD_TIMEOUT", "less than 100 KiB in 1 s"),
        ("DEBUGINFOD_MAXTIME", "longer than 1 s"),
    ] {
        let begun = Instant::now();
        let why = Machine::asking(&[&server.url]).with(name, "1").refused();
        assert!(why.contains(said), "{why}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn a_server_that_never_answers_is_left_and_a_cancelled_wait_ends_at_once() {
    let server = Server::new(|_, _| thread::sleep(Duration::from_secs(60)));
    let why = Machine::asking(&[&server.url])
        .with("DEBUGINFOD_TIMEOUT", "1")
        .refused();
    assert!(!why.is_empty());
    let machine = Machine::asking(&[&server.url]);
    let cancel = CancelToken::new();
    let (begun, token) = (Instant::now(), cancel.clone());
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        token.cancel();
    });
    let outcome = machine.client().fetch(&wanted(), &cancel, &|_| {});
    assert!(matches!(outcome, Err(FetchError::Cancelled(_))), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(machine.files(), [""; 0]);
}

#[test]
fn redirects_are_followed_on_the_same_host_only() {
    let good = Server::new(|path, stream| {
        let answer = if path == "/moved" {
            ok(&right())
        } else {
            b"HTTP/1.1 302 Found\r\nLocation: /moved\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .to_vec()
        };
        let _ = stream.write_all(&answer);
    });
    assert!(Machine::asking(&[&good.url]).fetch(&wanted()).is_ok());
    for to in [
        format!("{}/moved", good.url.replace("127.0.0.1", "localhost")),
        // Another port of the same machine is another service.
        format!("{}/moved", good.url),
        "file:///etc/passwd".to_owned(),
        "//evil.example/x".to_owned(),
    ] {
        let before = good.asked.load(Ordering::SeqCst);
        let bad = Server::saying(
            format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .into_bytes(),
        );
        let why = Machine::asking(&[&bad.url]).refused();
        assert!(why.contains("redirects to "), "{to}: {why}");
        assert_eq!(good.asked.load(Ordering::SeqCst), before, "{to}");
    }
    let circle = Server::saying(
        b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec(),
    );
    let why = Machine::asking(&[&circle.url]).refused();
    assert!(why.contains("redirects more than"), "{why}");
}

#[test]
fn a_packed_answer_is_not_unpacked() {
    let mut answer =
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
            .to_vec();
    answer.extend([0x1f, 0x8b]);
    let why = Machine::asking(&[&Server::saying(answer).url]).refused();
    assert!(why.contains("packed (gzip)"), "{why}");
}

#[test]
fn a_server_in_trouble_is_asked_again_and_then_left() {
    let server = Server::saying(status("503 Service Unavailable"));
    let machine = Machine::asking(&[&server.url]);
    assert!(machine.refused().contains("status 503"));
    assert_eq!(server.asked.load(Ordering::SeqCst), 2);
    // Trouble is no answer: nothing is noted.
    assert_eq!(machine.files(), [""; 0]);
}

#[test]
fn what_breaks_off_is_no_file() {
    let mut answer = ok(&right());
    answer.truncate(answer.len() - 100);
    let machine = Machine::asking(&[&Server::saying(answer).url]);
    let why = machine.refused();
    assert!(why.contains("broke off") || why.contains("promised"), "{why}");
    assert_eq!(machine.files(), [""; 0]);
}

#[test]
fn noise_instead_of_http_harms_nobody() {
    for noise in [
        &b"\x00\xff\xfe"[..],
        b"HTTP/1.1",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
    ] {
        let machine = Machine::asking(&[&Server::saying(noise.to_vec()).url]);
        assert!(machine.fetch(&wanted()).is_err(), "{noise:?}");
    }
    let endless = Server::new(|_, stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-Header: and again and again\r\n").is_ok() {}
    });
    assert!(Machine::asking(&[&endless.url]).fetch(&wanted()).is_err());
}

#[test]
fn sources_are_text_and_have_names_of_their_own_in_the_cache() {
    let server = Server::new(|path, stream| {
        let answer = match path.rsplit('/').next() {
            Some("main.go") => ok(b"package main\n"),
            Some("page.go") => ok(b"\n<!DOCTYPE html><title>log in</title>"),
            _ => ok(b"\x7fELF\0\0"),
        };
        let _ = stream.write_all(&answer);
    });
    let machine = Machine::asking(&[&server.url]);
    let source = |path| Wanted::source(BuildId(vec![7; 20]), path);
    let fetched = machine.fetch(&source("/src/a@v1/main.go")).unwrap();
    assert_eq!(fs::read(&fetched.path).unwrap(), b"package main\n");
    assert!(fetched.path.ends_with("source%2Fsrc%2Fa%40v1%2Fmain.go"));
    assert!(machine.fetch(&source("/src/page.go")).is_err());
    assert!(machine.fetch(&source("/src/binary")).is_err());
    assert!(matches!(
        machine.fetch(&source("main.go")),
        Err(FetchError::Unnamed(_))
    ));
}

#[test]
fn a_tree_of_files_is_a_server() {
    let tree = tempfile::tempdir().unwrap();
    let dir = tree.path().join(format!("buildid/{}", "07".repeat(20)));
    fs::create_dir_all(dir.join("source/src")).unwrap();
    fs::write(dir.join("executable"), right()).unwrap();
    fs::write(dir.join("source/src/a@v1.go"), "package a\n").unwrap();
    let machine = Machine::asking(&[&format!("file://{}", tree.path().display())]);
    assert!(machine.fetch(&wanted()).is_ok());
    assert!(
        machine
            .fetch(&Wanted::source(BuildId(vec![7; 20]), "/src/a@v1.go"))
            .is_ok()
    );
    assert_eq!(
        machine.fetch(&Wanted::debuginfo(BuildId(vec![7; 20]))),
        Err(FetchError::NotFound)
    );
}

#[test]
fn headers_of_the_file_are_sent_and_progress_has_bytes() {
    let server = Server::saying(ok(&right()));
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "X-Key: s3cret\n").unwrap();
    let machine =
        Machine::asking(&[&server.url]).with("DEBUGINFOD_HEADERS_FILE", file.path().to_str().unwrap());
    let seen = Mutex::new(Vec::new());
    let sink = |progress: crate::base::Progress| seen.lock().unwrap().push((progress.done, progress.total));
    machine
        .client()
        .fetch(&wanted(), &CancelToken::new(), &sink)
        .unwrap();
    let size = right().len() as u64;
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.first(), Some(&(0, Some(size))));
    assert_eq!(seen.last(), Some(&(size, Some(size))));
    let heads = server.heads.lock().unwrap();
    assert!(heads[0].to_lowercase().contains("x-key: s3cret"), "{heads:?}");
    assert!(heads[0].starts_with(&format!("GET /buildid/{}/executable ", "07".repeat(20))));
}
