//! All events and spans of this crate on one thread, at all levels, as text.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

thread_local! {
    static EVENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// From now on, until the guard is dropped, this thread's events are kept.
pub(crate) fn capture() -> DefaultGuard {
    tracing::subscriber::set_default(tracing_subscriber::registry().with(Keep))
}

/// What was kept since the last time.
pub(crate) fn drain() -> Vec<String> {
    EVENTS.take()
}

struct Keep;

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Keep {
    fn keep(target: &str, record: impl FnOnce(&mut Text)) {
        // The providers log nothing of other crates, whose events may hold headers.
        if target.starts_with("container_registries") {
            let mut text = Text(target.to_owned());
            record(&mut text);
            EVENTS.with_borrow_mut(|events| events.push(text.0));
        }
    }
}

impl<S: Subscriber> Layer<S> for Keep {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        Self::keep(event.metadata().target(), |text| event.record(text));
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        Self::keep(attributes.metadata().target(), |text| attributes.record(text));
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        Self::keep("container_registries", |text| values.record(text));
    }
}
