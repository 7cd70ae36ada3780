//! Everything that the checker and the simulator say, as types with their values. In English here, for the command line and the
//! log; pages say it in the reader's language, by the key.

use std::fmt;

use jiff::civil::Date;

use super::speech::Manner;
use crate::domain::calendar::hours::Hours;

/// A value in a sentence: something of the plan's text, or a part of the sentence with values of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    /// Of a holiday.
    Name {
        serbian: String,
        english: String,
    },
    Phrase(Box<Phrase>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Name { english, .. } => f.write_str(english),
            Self::Phrase(phrase) => phrase.fmt(f),
        }
    }
}

impl From<Phrase> for Value {
    fn from(phrase: Phrase) -> Self {
        Self::Phrase(Box::new(phrase))
    }
}

macro_rules! values_of {
    ($($kind:ty),*) => { $(
        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::Text(value.to_string())
            }
        }
    )* };
}

values_of!(&str, String, &String, char, u32, u64, usize, Date, Hours, Manner);

/// Constructor and key, variant, values, English.
macro_rules! phrases {
    ($( $key:ident $name:ident ($($value:ident),*) $english:literal; )*) => {
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Phrase {
            $( $name { $($value: Value),* }, )*
        }

        impl Phrase {
            $( pub fn $key($($value: impl Into<Value>),*) -> Self {
                Self::$name { $($value: $value.into()),* }
            } )*

            /// What it is known by in the files of words.
            pub fn key(&self) -> &'static str {
                match self { $( Self::$name { .. } => stringify!($key), )* }
            }

            /// By their names in the sentence.
            pub fn values(&self) -> Vec<(&'static str, &Value)> {
                match self { $( Self::$name { $($value),* } => vec![$((stringify!($value), $value)),*], )* }
            }

            /// One of each, with values that can be found again in the sentence.
            #[cfg(test)]
            pub fn samples() -> Vec<Self> {
                vec![$( Self::$name { $($value: Value::Text(concat!("<", stringify!($value), ">").into())),* } ),*]
            }
        }

        impl fmt::Display for Phrase {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $( Self::$name { $($value),* } => write!(f, $english $(, $value = $value)*), )* }
            }
        }
    };
}

phrases! {
    // How a table of the text is read.
    not_a_table NotATable (what, kind) "{what} is a table, this is {kind}";
    not_a_text NotAText (name, kind) "`{name}` takes a text, this is {kind}";
    not_a_list NotAList (name, kind) "`{name}` takes a list, this is {kind}";
    not_a_flag NotAFlag (name, kind) "`{name}` is true or false, this is {kind}";
    not_a_whole_number NotAWholeNumber (name, low, high) "{name} is a whole number from {low} to {high}, without quotes";
    no_date NoDate () "this is no date";
    no_local_time NoLocalTime () "this is no local date and time";
    missing Missing (what, name) "{what} needs `{name}`";
    unknown_key UnknownKey (what, name) "{what} has no `{name}`";
    cannot_be CannotBe (name, value) "`{name}` cannot be \"{value}\"";
    more_than MoreThan (least, most, limit) "{least} is more than {most} ({limit})";
    a_text AText () "a text";
    a_number ANumber () "a number";
    a_flag AFlag () "true or false";
    a_date ADate () "a date or time";
    a_list AList () "a list";
    a_table ATable () "a table";
    the_plan ThePlan () "a plan";
    the_table TheTable (name) "`{name}`";
    the_number TheNumber () "a number";
    the_node TheNode (name) "node \"{name}\"";
    the_kind TheKind (kind) "a {kind} node";
    the_calendar TheCalendar () "a calendar";
    the_day TheDay (list) "a day of `{list}`";
    the_question TheQuestion () "a question";
    the_test TheTest () "a test";

    // What to do about it.
    did_you_mean DidYouMean (word) "did you mean \"{word}\"?";
    known_are KnownAre (words) "known are: {words}";
    one_of OneOf (words) "one of {words}";
    example Example (example) "for example {example}";
    write_as WriteAs (word) "write it as \"{word}\"";
    write_like WriteLike (example) "write it like {example}";
    write_table WriteTable () "write it as {{ key = value, ... }}";
    write_unquoted WriteUnquoted () "write it without quotes";
    write_date WriteDate (example) "write it without quotes, like {example}";
    write_local_time WriteLocalTime (example) "write it without quotes and zone, like {example}";
    write_digits WriteDigits () "write it with digits";
    put_in_quotes PutInQuotes () "put it in quotes";
    put_in_brackets PutInBrackets () "put it in [ ]";

    // The plan as a whole, and its numbers.
    not_toml NotToml (said) "{said}";
    duplicate_key DuplicateKey () "duplicate key";
    text_unquoted TextUnquoted () "string values must be quoted";
    value_missing ValueMissing () "missing value";
    equals_missing EqualsMissing () "missing `=` between key and value";
    comma_missing CommaMissing () "missing comma";
    bracket_unclosed BracketUnclosed () "unclosed bracket";
    too_large TooLarge (most) "larger than {most} bytes: this is no dialplan";
    only_schema_1 OnlySchema1 () "only `schema = 1` is known";
    begin_with_schema BeginWithSchema () "begin the file with `schema = 1`";
    no_numbers NoNumbers () "no telephone number leads into this plan";
    add_number AddNumber () "add [number.\"+38121480000\"] with start = \"...\", or [number.any]";
    not_a_phone_number NotAPhoneNumber (number) "\"{number}\" is not a telephone number";
    write_number_or_any WriteNumberOrAny () "write it like \"+38121480000\", or `any` for every other number";
    claimed_twice ClaimedTwice (number) "number {number} is claimed twice";
    leads_into LeadsInto (place) "it already leads into {place}";

    // Nodes.
    needs_nodes NeedsNodes () "a plan needs nodes";
    too_many_nodes TooManyNodes (most) "more than {most} nodes: make several plans of it";
    no_node NoNode (name) "there is no node \"{name}\"";
    node_without_kind NodeWithoutKind (name) "node \"{name}\" has no kind";
    stands_in_node StandsInNode (key, name) "`{key}` stands directly in node \"{name}\"";
    kind_in_heading KindInHeading (name) "write the kind in the heading, like [node.{name}.play]";
    two_kinds TwoKinds (name, first, second) "node \"{name}\" is already a {first}, it cannot be a {second} too";
    another_name AnotherName () "give one of them another name";
    unknown_kind UnknownKind (kind) "unknown kind of node \"{kind}\"";
    known_kinds KnownKinds (kinds) "known kinds are {kinds}";
    prompt_or_prompts PromptOrPrompts () "either `prompt` or `prompts`, not both";
    nothing_to_play NothingToPlay () "nothing to play";
    no_case_says_why NoCaseSaysWhy () "`no_case` says why nobody needs a case here";
    nothing_stores NothingStores (name) "no input node stores \"{name}\"";
    not_a_key NotAKey (key) "\"{key}\" is not a key of a telephone";
    telephone_keys TelephoneKeys () "keys are 0-9, \"*\", \"#\", A-D";
    no_keys NoKeys () "a menu without keys offers nothing";
    use_play UsePlay () "use a play node";
    terminator Terminator () "the terminator is \"#\" or \"*\"";
    check_or_range CheckOrRange () "either `check` or `range`, not both";
    range_takes RangeTakes () "`range` takes the smallest and the largest number that counts";
    no_check NoCheck (name) "there is no check \"{name}\"";
    survey_length SurveyLength (most) "a survey asks between 1 and {most} questions";
    answer_keys AnswerKeys () "`keys` are the keys that count as an answer";
    not_sayable NotSayable (text, manner) "\"{text}\" cannot be said as a {manner}";
    now_is_a_time NowIsATime () "`now` is said as a date or a time";
    one_thing_to_say OneThingToSay () "a say node needs one thing to say";
    say_sources SaySources () "either `value`, `input` (a name that an input node stores), `now` or `caller`";
    hangup_says HangupSays () "`hangup` says what a caller becomes who hangs up while waiting";
    only_missed OnlyMissed () "the only word so far is \"missed\"";
    one_thing_to_dial OneThingToDial () "a dial node dials one thing";
    dial_targets DialTargets () "either `operator`, `department`, `number` or `operator_from` (an input)";
    pin_digits PinDigits () "a PIN is 1 to 12 digits in quotes";
    consent_without_record ConsentWithoutRecord () "`consent` without `record = true` says what is not so";

    // Calendars.
    no_calendar NoCalendar (name) "there is no calendar \"{name}\"";
    no_holidays NoHolidays (name) "no holidays are known as \"{name}\"";
    no_weekday NoWeekday (word) "\"{word}\" is no day of the week";
    no_hours NoHours (hours) "\"{hours}\" are not hours; write them as \"07:30-15:30\"";
    hours_end_first HoursEndFirst (hours) "\"{hours}\" ends before it begins; hours over midnight are two: until 24:00, and from 00:00 of the next day";
    hours_overlap HoursOverlap (new, old) "{new} overlaps {old} of the same day";
    date_twice DateTwice (date) "{date} stands in this calendar twice";

    // What the installation does not have.
    no_category NoCategory (name) "there is no category \"{name}\"";
    no_template NoTemplate (name) "there is no template \"{name}\"";
    no_queue NoQueue (name) "there is no queue \"{name}\"";
    no_department NoDepartment (name) "there is no department \"{name}\"";
    no_extension NoExtension (name) "there is no operator with extension \"{name}\"";
    no_language NoLanguage (name) "there are no prompts in \"{name}\"";
    prompt_missing PromptMissing (name, files) "prompt \"{name}\" is missing: {files}";
    prompt_unusable PromptUnusable (name, why) "prompt \"{name}\" cannot be played: {why}";
    pieces_missing PiecesMissing (manner) "recordings are missing to say a {manner}";
    files_missing FilesMissing (files) "missing: {files}";

    // Ways through the plan.
    unreachable Unreachable (name) "no call can reach node \"{name}\"";
    lead_here LeadHere () "lead an exit here, or remove it";
    too_far TooFar (length, most) "from here a call can pass {length} nodes without a key, at most {most} are walked";
    ask_in_between AskInBetween () "ask something in between, or make it shorter";
    circle Circle () "a caller who presses no key goes in a circle for ever";
    lead_to_hangup LeadToHangup () "lead one of its exits to a hangup node";
    ends_without_case EndsWithoutCase () "a call can come to this end without a case";
    case_on_the_way CaseOnTheWay () "put a case, record or queue node on the way, or say why not: no_case = \"...\"";
    way Way (nodes) "{nodes}";

    // Tests of the plan.
    nodes_of_the_way NodesOfTheWay () "list the nodes that the call walks through";
    unknown_move UnknownMove (word, words) "\"{word}\" is not a move of a caller; moves are keys (0-9 * # A-D), {words}";
    too_many_moves TooManyMoves (most) "more than {most} moves";
    keys_with_commas KeysWithCommas () "write keys one by one, with commas: \"1,2,timeout\"";
    test_failed TestFailed (name, why) "test \"{name}\": {why}";
    leads_elsewhere LeadsElsewhere (number) "number \"{number}\" does not lead into this plan";
    another_way AnotherWay () "the call goes another way";
    never_asked NeverAsked (moves) "the plan never asked for {moves}";
    expected_way ExpectedWay (way) "expected: {way}";
    walked_way WalkedWay (way) "walked: {way}";

    // A walk through the plan.
    heard Heard (prompts, language) "heard: {prompts} ({language})";
    beep Beep () "beep, recording";
    waits_in WaitsIn (queue) "waits in queue {queue}";
    leaves_queue LeavesQueue () "leaves the queue";
    asks_callback AsksCallback (number) "asks to be called back at {number}";
    this_number ThisNumber () "the number that calls";
    rings Rings (target) "rings {target}";
    the_operator TheOperator (extension) "operator {extension}";
    the_department TheDepartment (key) "department {key}";
    enters_conference EntersConference (room) "enters conference {room}";
    asks_for_case AsksForCase (number) "asks for case {number}";
    answers Answers (answer, question) "answers {answer} to {question}";
    plan_hangs_up PlanHangsUp () "the plan hangs up";
    no_callback NoCallback () "no callback is possible";
    callback_noted CallbackNoted () "the callback is noted";
    no_key_for NoKeyFor (seconds) "no key for {seconds} s";
    presses Presses (key) "the caller presses {key}";
    recording_fails RecordingFails () "the recording fails";
    says_nothing SaysNothing () "the caller says nothing";
    spoke Spoke (seconds) "the caller spoke for {seconds} s and presses #";
    nobody_answered NobodyAnswered (seconds) "nobody answered for {seconds} s";
    nobody_serves NobodyServes () "nobody serves the queue";
    queue_full QueueFull () "the queue is full";
    talk_over TalkOver () "the conversation is over";
    busy Busy () "busy";
    no_answer NoAnswer () "no answer";
    not_reached NotReached () "cannot be reached";
    somebody_answers SomebodyAnswers () "somebody answers";
    other_side_left OtherSideLeft (seconds) "after {seconds} s the other side hangs up";
    case_found CaseFound () "the case is found";
    no_such_case NoSuchCase () "no such case";
    caller_hangs_up CallerHangsUp () "the caller hangs up";
    working_hours WorkingHours () "working hours";
    holiday Holiday (name) "holiday: {name}";
    out_of_hours OutOfHours () "out of hours";
    case_in CaseIn (category) "case in category {category}";
    text_to_caller TextToCaller (template) "text to the caller: {template}";
    language_from_here LanguageFromHere (language) "language from here: {language}";
    goes_elsewhere GoesElsewhere () "goes on elsewhere";
    becomes_case_in BecomesCaseIn (category) "a case in category {category}";
    becomes_answered BecomesAnswered () "a case of a call that was answered";
    becomes_voicemail BecomesVoicemail () "a voicemail case";
    becomes_callback BecomesCallback () "a case of a caller to be called back";
    becomes_entry BecomesEntry () "an entry in the case that was asked for";
    becomes_missed BecomesMissed () "a missed-call case";
    with_recording WithRecording (case, seconds) "{case} with a recording of {seconds} s";
}

#[cfg(test)]
impl PartialEq<&str> for Phrase {
    fn eq(&self, said: &&str) -> bool {
        let own = self.to_string();
        own == *said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrase_says_its_values_and_the_parts_in_it() {
        let missing = Phrase::missing(Phrase::the_kind("menu"), "otherwise");
        assert_eq!(missing.to_string(), "a menu node needs `otherwise`");
        assert_eq!(missing.key(), "missing");
        for phrase in Phrase::samples() {
            let said = phrase.to_string();
            for (name, _) in phrase.values() {
                assert!(said.contains(&format!("<{name}>")), "{said}");
            }
        }
    }
}
