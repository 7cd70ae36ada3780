//! Who dials, and how far ahead of the operators.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Mode {
    /// The operator sees the contact, then dials or skips.
    Preview,
    /// Calls in flight never exceed idle operators.
    #[default]
    Progressive,
    /// A fixed multiple of the idle operators.
    Power { multiple: f64 },
    /// By the risk that somebody answers and nobody is free.
    Predictive,
    /// No operator: keys are asked for.
    Agentless,
}

impl Mode {
    /// Below so many operators there is little to predict, and one who is wrong about weighs much.
    pub const PREDICTIVE_FROM: usize = 5;

    /// What is proposed where nobody chose.
    pub fn default_for(operators: usize) -> Self {
        if operators < Self::PREDICTIVE_FROM { Self::Progressive } else { Self::Predictive }
    }

    pub fn needs_operators(self) -> bool {
        !matches!(self, Self::Agentless)
    }

    /// Whether somebody may answer for whom nobody is free.
    pub fn risks(self) -> bool {
        match self {
            Self::Power { multiple } => multiple > 1.0,
            Self::Predictive => true,
            Self::Preview | Self::Progressive | Self::Agentless => false,
        }
    }
}
