//! How calls of a survey ended, and how many took part, by the Standard Definitions of the American Association for Public Opinion Research:
//! "Final Dispositions of Case Codes and Outcome Rates for Surveys", telephone surveys. So rates of one survey can be compared with another's.

mod disposition;
mod rates;

pub use disposition::{Disposition, Group, UnknownDisposition};
pub use rates::{BadEligibility, Counts, Eligibility, Rates};
