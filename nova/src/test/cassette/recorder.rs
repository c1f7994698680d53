//! Records sessions: what crosses a client's links, line by line as it happens.

use std::{
    fmt,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    entry::{Cassette, Entry},
    link::Link,
    redact::Redactor,
    wire::Message,
};
use crate::{
    auth::Credentials,
    base64,
    client::Client,
    config::Config,
    connect::Connect,
    error::{Error, Result},
    frame::CloseCode,
    session::Tap,
    time::{Clock, Instant},
    transport::{BoxStream, Endpoint},
};

/// Writes down what clients and their servers say to each other, secrets left out.
///
/// Hand it to a client's builder with [`record`](Connect::record). Messages of both directions are written whole, with their times, as
/// soon as they cross the wire, and so are pings, pongs and closes; of the upgrade nothing is. What the client logs in with, and what
/// it gets for that, is replaced by words such as `<secret>` before a line is written.
///
/// ```
/// use nova::{Credentials, test::{Recorder, venue::Deribit}};
///
/// #[nova::client(platform = "deribit")]
/// struct Desk;
///
/// # nova::test::Test::new("doc").real_time().run(async {
/// let venue = Deribit::start().await?;
/// let recorder = Recorder::memory();
/// let key = Credentials::key("nova", "nova-secret");
/// let desk = nova::connect(Desk).url(venue.url()).credentials(key).record(&recorder).await?;
/// desk.close().await;
/// assert!(recorder.text()?.contains("public/auth"));
/// assert!(!recorder.text()?.contains("nova-secret"));
/// # Ok::<(), nova::Error>(()) });
/// ```
#[derive(Clone)]
pub struct Recorder {
    tape: Arc<Mutex<Tape>>,
}

/// What is being written.
pub(super) struct Tape {
    out: Out,
    /// When it began, on both clocks.
    began: (Instant, f64),
    redactor: Redactor,
    connections: u64,
    failed: Option<Error>,
}

enum Out {
    Memory(Vec<u8>),
    File(PathBuf, File),
}

impl Recorder {
    /// Records to a file, which is made anew.
    ///
    /// # Errors
    /// [`Error::Config`] for the field `recording` where the file cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let file = File::create(&path).map_err(|error| unusable(&path, &error))?;
        Ok(Self::to(Out::File(path, file)))
    }

    /// Records to memory.
    pub fn memory() -> Self {
        Self::to(Out::Memory(Vec::new()))
    }

    fn to(out: Out) -> Self {
        let began = (Instant::now(), 0.0);
        let tape = Tape { out, began, redactor: Redactor::default(), connections: 0, failed: None };
        Self { tape: Arc::new(Mutex::new(tape)) }
    }

    fn tape(&self) -> MutexGuard<'_, Tape> {
        lock(&self.tape)
    }

    /// What was recorded so far, as it is written.
    ///
    /// # Errors
    /// [`Error::Config`] for the field `recording` where the file could not be written, or cannot be read: recording stops at the first
    /// line that cannot be written, and the client goes on.
    pub fn text(&self) -> Result<String> {
        let tape = self.tape();
        match (&tape.failed, &tape.out) {
            (Some(error), _) => Err(error.clone()),
            (None, Out::Memory(bytes)) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            (None, Out::File(path, _)) => std::fs::read_to_string(path).map_err(|error| unusable(path, &error)),
        }
    }

    /// What was recorded so far.
    ///
    /// # Errors
    /// Those of [`text`](Self::text).
    pub fn cassette(&self) -> Result<Cassette> {
        Cassette::parse(&self.text()?)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::config("recording", format!("{}: {error}", path.display()))
}

pub(super) fn lock(tape: &Mutex<Tape>) -> MutexGuard<'_, Tape> {
    tape.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<C: Client> Connect<C> {
    /// Records everything that crosses the client's links, secrets left out. Several clients may share a recorder.
    pub fn record(mut self, recorder: &Recorder) -> Self {
        self.tap = Some(Arc::new(recorder.clone()));
        self
    }
}

impl Tap for Recorder {
    fn started(&self, client: &'static str, config: &Config, clock: &dyn Clock) {
        let mut tape = self.tape();
        #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 are exact in a double")]
        let wall = clock.unix_ms() as f64 / 1e3;
        if tape.began.1 == 0.0 {
            tape.began = (Instant::now(), wall);
        }
        let mut entry = tape.entry("meta", "text", client.to_owned(), 0);
        entry.note = Some(format!("recorded by nova {}", env!("CARGO_PKG_VERSION")));
        let explained = Config::keys().iter().filter_map(|key| config.explain(key).ok());
        entry.config = explained.map(|explained| (explained.key.to_owned(), explained.value.into())).collect();
        tape.write(&entry);
    }

    fn conceal(&self, credentials: &Credentials) {
        self.tape().redactor.conceal(credentials);
    }

    fn conceal_header(&self, value: &str) {
        self.tape().redactor.conceal_header(value);
    }

    fn watch(&self, endpoint: &Endpoint, stream: BoxStream) -> BoxStream {
        let mut tape = self.tape();
        tape.connections += 1;
        let connection = tape.connections;
        tape.meta("open", endpoint.to_string(), connection);
        drop(tape);
        Box::new(Link::new(stream, self.tape.clone(), connection))
    }
}

impl Tape {
    fn entry(&self, dir: &str, kind: &str, raw: String, connection: u64) -> Entry {
        let (began, wall) = self.began;
        Entry::new(dir, wall + began.elapsed().as_secs_f64(), kind, raw, connection)
    }

    /// Something that is no message.
    pub(super) fn meta(&mut self, kind: &str, raw: String, connection: u64) {
        let entry = self.entry("meta", kind, raw, connection);
        self.write(&entry);
    }

    pub(super) fn message(&mut self, out: bool, message: Message, connection: u64) {
        let Message { kind, payload } = message;
        let raw = match kind {
            "binary" => base64::base64(&self.redactor.bytes(&payload)),
            "close" => self.redactor.text(&close(&payload), out),
            // The payload of a ping may be any bytes.
            _ => match String::from_utf8(payload) {
                Ok(text) => self.redactor.text(&text, out),
                Err(error) => String::from_utf8_lossy(&self.redactor.bytes(error.as_bytes())).into_owned(),
            },
        };
        let entry = self.entry(if out { "out" } else { "in" }, kind, raw, connection);
        self.write(&entry);
    }

    fn write(&mut self, entry: &Entry) {
        if self.failed.is_some() {
            return;
        }
        let mut line = serde_json::to_vec(entry).unwrap_or_default();
        line.push(b'\n');
        if let Out::Memory(bytes) = &mut self.out {
            bytes.extend(line);
        } else if let Out::File(path, file) = &mut self.out
            && let Err(error) = file.write_all(&line)
        {
            let error = unusable(path, &error);
            tracing::warn!(target: "nova::recording", %error, "recording has stopped");
            self.failed = Some(error);
        }
    }
}

/// A close frame as a recording has it: `code reason`.
fn close(payload: &[u8]) -> String {
    match payload.split_first_chunk() {
        Some((code, reason)) => {
            let code = CloseCode(u16::from_be_bytes(*code));
            format!("{} {}", code.0, String::from_utf8_lossy(reason)).trim_end().to_owned()
        }
        None => String::new(),
    }
}
