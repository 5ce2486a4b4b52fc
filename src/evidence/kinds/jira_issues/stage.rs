//! How far a change has come, told by names.

/// How far a change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Awaiting,
    Approved,
    Implementing,
    Deployed,
    Failed,
    Rejected,
    Withdrawn,
    /// Over, and the resolution says how.
    Ended,
}

impl Stage {
    /// What a status of this name means; none where the name is not one of these.
    pub(super) fn named(status: &str) -> Option<Self> {
        Some(match status.trim().to_lowercase().as_str() {
            "backlog" | "draft" | "new" | "open" | "planning" | "reopened" | "to do"
            | "under review" => Self::Open,
            "awaiting approval"
            | "awaiting cab approval"
            | "peer review / change manager approval"
            | "pending approval"
            | "waiting for approval" => Self::Awaiting,
            "approved" | "awaiting implementation" | "ready for implementation" => Self::Approved,
            "deploying" | "implementing" => Self::Implementing,
            "completed" | "deployed" | "implemented" | "released" => Self::Deployed,
            "failed" | "rolled back" => Self::Failed,
            "declined" | "rejected" => Self::Rejected,
            "canceled" | "cancelled" | "withdrawn" => Self::Withdrawn,
            "closed" | "done" | "resolved" => Self::Ended,
            _ => return None,
        })
    }

    /// What a resolution of this name means.
    pub(super) fn resolved(resolution: &str) -> Option<Self> {
        Some(match resolution.trim().to_lowercase().as_str() {
            "complete" | "completed" | "deployed" | "done" | "fixed" | "implemented"
            | "released" | "successful" => Self::Deployed,
            "failed" | "rolled back" | "unsuccessful" => Self::Failed,
            "declined" | "rejected" => Self::Rejected,
            "canceled" | "cancelled" | "cannot reproduce" | "duplicate" | "withdrawn"
            | "won't do" | "won't fix" => Self::Withdrawn,
            _ => return None,
        })
    }

    /// Whether work has begun, whatever came of it.
    pub(super) fn has_begun(self) -> bool {
        matches!(self, Self::Implementing | Self::Deployed | Self::Failed)
    }

    /// What facts call it.
    pub(super) fn status(self) -> Option<&'static str> {
        match self {
            Self::Open | Self::Awaiting => Some("open"),
            Self::Approved | Self::Implementing => Some("approved"),
            Self::Deployed => Some("deployed"),
            Self::Failed => Some("failed"),
            Self::Rejected => Some("rejected"),
            Self::Withdrawn => Some("withdrawn"),
            Self::Ended => None,
        }
    }

    /// How it went, where it was carried out.
    pub(super) fn outcome(self) -> Option<&'static str> {
        match self {
            Self::Deployed => Some("successful"),
            Self::Failed => Some("unsuccessful"),
            _ => None,
        }
    }
}
