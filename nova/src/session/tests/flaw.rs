//! Rules that the rig breaks on demand, so that the model can be seen to notice.

/// A rule that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    TakesIllegalSteps,
    CountsNoConnections,
    ForgetsAttemptsOnHandshake,
    ConfirmsWhatWasAsked,
    KeepsTopicsOverConnections,
    RestoresRefusedTopics,
    IsReadyBeforeRestored,
    SendsBeforeReady,
    SendsWhileClosing,
    ClosesWithoutFlush,
    ResendsEverything,
    TrustsThatNothingLeft,
    LosesCallsInSilence,
    AnswersLateCalls,
}

impl Flaw {
    pub(super) const ALL: [Self; 14] = [
        Self::TakesIllegalSteps,
        Self::CountsNoConnections,
        Self::ForgetsAttemptsOnHandshake,
        Self::ConfirmsWhatWasAsked,
        Self::KeepsTopicsOverConnections,
        Self::RestoresRefusedTopics,
        Self::IsReadyBeforeRestored,
        Self::SendsBeforeReady,
        Self::SendsWhileClosing,
        Self::ClosesWithoutFlush,
        Self::ResendsEverything,
        Self::TrustsThatNothingLeft,
        Self::LosesCallsInSilence,
        Self::AnswersLateCalls,
    ];
}
