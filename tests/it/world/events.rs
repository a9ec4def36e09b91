//! All events and spans of this crate on one thread, at all levels, as text.

use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Write as _};
use std::sync::Once;

use container_registries::plugin;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

thread_local! {
    static EVENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static KEEPING: Cell<bool> = const { Cell::new(false) };
}

/// Ends the keeping when it is dropped.
pub(crate) struct Guard(());

impl Drop for Guard {
    fn drop(&mut self) {
        KEEPING.set(false);
    }
}

/// From now on, until the guard is dropped, this thread's events are kept. One subscriber serves all threads: with one for each,
/// a place that is first passed in a thread without any would be taken for uninteresting everywhere.
pub(crate) fn capture() -> Guard {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER
        .call_once(|| tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Keep)).unwrap());
    EVENTS.take();
    KEEPING.set(true);
    Guard(())
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
        if KEEPING.get() && plugin::LOG_TARGETS.iter().any(|own| target.starts_with(own)) {
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
        Self::keep(plugin::LOG_TARGETS[0], |text| values.record(text));
    }
}
