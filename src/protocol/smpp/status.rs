//! `command_status` (SMPP 3.4 §5.1.3).

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status(pub u32);

impl Status {
    pub const OK: Self = Self(0x00);
    pub const INVALID_COMMAND_LENGTH: Self = Self(0x02);
    pub const INVALID_COMMAND_ID: Self = Self(0x03);
    pub const INVALID_BIND_STATE: Self = Self(0x04);
    pub const ALREADY_BOUND: Self = Self(0x05);
    pub const SYSTEM_ERROR: Self = Self(0x08);
    pub const INVALID_SOURCE: Self = Self(0x0A);
    pub const INVALID_DESTINATION: Self = Self(0x0B);
    pub const INVALID_MESSAGE_ID: Self = Self(0x0C);
    pub const BIND_FAILED: Self = Self(0x0D);
    pub const INVALID_PASSWORD: Self = Self(0x0E);
    pub const INVALID_SYSTEM_ID: Self = Self(0x0F);
    pub const QUEUE_FULL: Self = Self(0x14);
    pub const SUBMIT_FAILED: Self = Self(0x45);
    pub const THROTTLED: Self = Self(0x58);
    /// ESME_RX_P_APPN, permanent: the SMSC must not deliver this message again.
    pub const PERMANENT_ERROR: Self = Self(0x65);

    pub fn is_ok(self) -> bool {
        self == Self::OK
    }

    /// The SMSC asks us to slow down; the same message is welcome later.
    pub fn asks_to_wait(self) -> bool {
        matches!(self, Self::THROTTLED | Self::QUEUE_FULL)
    }

    /// A refusal that says nothing about the message: it may be tried again.
    pub fn is_temporary(self) -> bool {
        // ESME_RX_T_APPN 0x64, ESME_RMSGQFUL, ESME_RTHROTTLED, ESME_RSYSERR.
        self.asks_to_wait() || matches!(self, Self::SYSTEM_ERROR | Self(0x64))
    }

    /// The bind was refused because of what stands in the configuration.
    pub fn is_about_credentials(self) -> bool {
        matches!(self, Self::BIND_FAILED | Self::INVALID_PASSWORD | Self::INVALID_SYSTEM_ID | Self(0x53))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self.0 {
            0x00 => "no error",
            0x01 => "message length is invalid",
            0x02 => "command length is invalid",
            0x03 => "invalid command",
            0x04 => "incorrect bind status for the command",
            0x05 => "already bound",
            0x08 => "system error",
            0x0A => "invalid source address",
            0x0B => "invalid destination address",
            0x0C => "invalid message id",
            0x0D => "bind failed",
            0x0E => "invalid password",
            0x0F => "invalid system id",
            0x14 => "message queue full",
            0x15 => "invalid service type",
            0x43 => "invalid esm_class",
            0x45 => "submit failed",
            0x48 | 0x49 => "invalid source address type",
            0x50 | 0x51 => "invalid destination address type",
            0x53 => "invalid system type",
            0x58 => "throttled",
            0x61 => "invalid scheduled delivery time",
            0x62 => "invalid validity period",
            0x64 => "temporary error at the receiver",
            0x65 => "permanent error at the receiver",
            0x66 => "message rejected by the receiver",
            0x67 => "query failed",
            0xC3 => "missing optional parameter",
            0xC4 => "invalid optional parameter",
            0xFE => "delivery failed",
            0xFF => "unknown error",
            0x400..=0x4FF => "an error of this SMSC's own",
            _ => "an unknown error",
        };
        write!(f, "{words} (0x{:02X})", self.0)
    }
}
