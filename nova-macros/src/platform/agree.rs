//! What two keys say against each other: a slip that neither shows alone.

use super::model::Model;
use crate::diag::Diagnostics;
use syn::LitStr;

impl Model {
    fn place(&self, key: &str) -> Option<&LitStr> {
        self.places.iter().find(|(known, _)| *known == key).map(|(_, pointer)| pointer)
    }

    /// What must fit each other.
    pub(super) fn agree(&self, diag: &mut Diagnostics) {
        let has = |key: &str| self.seen.contains(key);
        if let (Some(payload), false) = (self.place("payload"), has("channel")) {
            diag.at(payload.span(), "a payload is that of a channel: add `channel = \"/..\"`");
        }
        if let (Some(sequence), false) = (&self.sequence, has("channel")) {
            diag.at(sequence.at.span(), "messages are numbered by channel: add `channel = \"/..\"`");
        }
        let numbered = [
            self.subscribe.as_ref().map(|ask| &ask.send),
            self.unsubscribe.as_ref().map(|ask| &ask.send),
            self.login.as_ref().map(|login| &login.send),
            self.ping.as_ref().and_then(|ping| ping.send.as_ref()),
            self.request.as_ref(),
        ];
        for template in numbered.into_iter().flatten() {
            if template.has("id") && !has("id") {
                let message =
                    "`{id}` numbers the request, and nothing says where an answer has its number: add `id = \"/id\"`";
                diag.at(template.text.span(), message);
            }
        }
        if let Some(ask) = &self.subscribe
            && !ask.send.has("id")
            && !ask.send.strayed
            && !has("ack")
        {
            let message = "nothing says how the venue confirms: add `ack(at = \"/..\", is = \"..\", channel = \"/..\")`, or number the \
                           request with `{id}`";
            diag.at(ask.send.text.span(), message);
        }
        let below = [
            ("listed", self.subscribe.as_ref().and_then(|ask| ask.listed.as_ref())),
            ("life", self.login.as_ref().filter(|login| login.send.has("id")).and_then(|login| login.life.as_ref())),
        ];
        for (key, pointer) in below {
            if let (Some(pointer), Some(result)) = (pointer, self.place("result"))
                && !within(&pointer.value(), &result.value())
            {
                let message = format!("`{key}` is read in the result, so it must begin with `{}`", result.value());
                diag.at(pointer.span(), message);
            }
        }
        self.agree_on_signing(diag);
    }

    fn agree_on_signing(&self, diag: &mut Diagnostics) {
        let signed = self.login.iter().map(|login| &login.send).chain(self.headers.iter().map(|(_, value)| value));
        let over = self.sign.as_ref().and_then(|sign| sign.over.as_ref());
        let sign_given = self.seen.contains("sign");
        for template in signed.chain(over) {
            let of = template.text.span();
            if template.has("sign") && over.is_none() && (!sign_given || self.sign.is_some()) {
                diag.at(of, "`{sign}` needs its recipe: add `sign(over = \"{timestamp}{api_key}\")`");
            }
            if template.has("expires") && self.sign.as_ref().is_none_or(|sign| sign.expires.is_none()) {
                diag.at(of, "`{expires}` needs to know when: add `sign(expires = \"10s\")`");
            }
        }
    }
}

fn within(pointer: &str, result: &str) -> bool {
    pointer.strip_prefix(result).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
