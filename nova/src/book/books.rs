//! The books of a client, by their topics: what a handler keeps where it follows several instruments.

use std::collections::BTreeMap;

use super::{Applied, Fault, OrderBook, Rule, Update};
use crate::{message::Gap, verdict::Resync};

/// Order books by topic. A topic's book is made when its first message comes.
#[derive(Clone, Debug)]
pub struct Books {
    like: OrderBook,
    books: BTreeMap<Box<str>, OrderBook>,
}

impl Books {
    /// No books yet; each will be numbered by this rule.
    #[must_use]
    pub const fn new(rule: Rule) -> Self {
        Self::like(OrderBook::new(rule))
    }

    /// No books yet; each begins as this one.
    #[must_use]
    pub const fn like(book: OrderBook) -> Self {
        Self { like: book, books: BTreeMap::new() }
    }

    /// Takes a message of the book of this topic.
    ///
    /// # Errors
    /// Those of [`OrderBook::apply`]; the other books are not concerned.
    pub fn apply(&mut self, topic: &str, update: &impl Update) -> Result<Applied, Fault> {
        if !self.books.contains_key(topic) {
            self.books.insert(topic.into(), self.like.clone());
        }
        self.books.get_mut(topic).map_or(Ok(Applied::Ignored), |book| book.apply(update))
    }

    /// What `handle_gap` does: the topic's book is emptied, if it has one, and the answer is what the engine is to do about the hole. Of
    /// other topics it is what is inherited.
    pub fn gap(&mut self, gap: &Gap) -> Resync {
        self.books.get_mut(&*gap.topic).map_or_else(|| Resync::after(&gap.cause), |book| book.gap(gap))
    }

    /// Empties all of them: for `handle_disconnect`, so that nobody reads what the venue may have changed since.
    pub fn invalidate(&mut self) {
        self.books.values_mut().for_each(OrderBook::invalidate);
    }

    /// The book of a topic.
    pub fn get(&self, topic: &str) -> Option<&OrderBook> {
        self.books.get(topic)
    }

    /// Each topic and its book.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OrderBook)> {
        self.books.iter().map(|(topic, book)| (&**topic, book))
    }

    /// Forgets the book of a topic that is wanted no more.
    pub fn remove(&mut self, topic: &str) -> Option<OrderBook> {
        self.books.remove(topic)
    }
}
