//! Operators' phones: the switch learns where they are reached.

use super::exchange::Exchange;
use crate::call::switch::PhoneKey;

impl Exchange {
    /// Phones came or went.
    pub(super) fn phones_moved(&mut self) {
        while let Some((user, places)) = self.door.poll_moved() {
            let m = self.moment();
            self.switch.set_phones(user, places.into_iter().map(PhoneKey).collect(), m);
        }
        self.carry_out();
    }
}
