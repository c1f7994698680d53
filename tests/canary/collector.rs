//! Everything that is logged in this process, at every level and by every target, through `tracing` and through `log`.

use std::{
    fmt::{self, Write},
    sync::{Mutex, OnceLock, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

static LINES: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

struct Collector;

/// Collects from now on.
pub(crate) fn collect() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        tracing::subscriber::set_global_default(Collector).expect("nobody else collects");
        log::set_logger(&Collector).expect("nobody else collects");
        log::set_max_level(log::LevelFilter::Trace);
        // What a panic says is printed, too.
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            note("panic", &panic.to_string());
            usual(panic);
        }));
    });
}

/// Every line so far, with its target.
pub(crate) fn lines() -> Vec<(String, String)> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Writes down what a program might show.
pub(crate) fn note(target: &str, text: &str) {
    LINES.lock().unwrap_or_else(PoisonError::into_inner).push((target.to_owned(), text.to_owned()));
}

impl log::Log for Collector {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        note(record.target(), &record.args().to_string());
    }

    fn flush(&self) {}
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).expect("a String takes everything");
    }
}

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields(span.metadata().name().to_owned());
        span.record(&mut fields);
        note(span.metadata().target(), &fields.0);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields(String::new());
        values.record(&mut fields);
        note("span", &fields.0);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        note(event.metadata().target(), &fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
