//! What is not as everything else on the list, and why.

/// Addresses that need no right, and why.
pub const OPEN: &[(&str, &str)] = &[
    ("GET /login", "who is not logged in yet"),
    ("POST /login", "who is not logged in yet"),
    ("GET /login/code", "who gave the password, and is not logged in yet"),
    ("POST /login/code", "who gave the password, and is not logged in yet"),
    ("POST /logout", "whoever came in may leave"),
    ("POST /language", "the choice is a cookie of the reader"),
    ("GET /setup/{token}", "the first administrator, by a link that works once"),
    ("POST /setup/{token}", "the first administrator, by a link that works once"),
    ("GET /phone-setup/{secret}", "a telephone that is set up, by a secret that works once"),
    ("GET /follow", "a citizen, who knows the number and the PIN of the case"),
    ("POST /follow", "a citizen, who knows the number and the PIN of the case"),
    ("GET /u/{token}", "whoever got a mail to many, by the link in it"),
    ("POST /u/{token}", "whoever got a mail to many, by the link in it, or their mail program (RFC 8058)"),
    ("GET /s/{token}", "whoever is asked a survey, by a link of their own"),
    ("POST /s/{token}", "whoever is asked a survey, by a link of their own"),
    ("GET /healthz", "says only that the program runs"),
    ("GET /readyz", "says only which parts work"),
    ("GET /metrics", "counts without names; the administrator chooses the address it listens on"),
    ("GET /assets/{*path}", "style and script, the same for everybody"),
    ("GET /api/v1/openapi.json", "describes the API, which is no secret"),
    ("ANY /api/{*rest}", "says that there is nothing"),
];

/// Addresses for everybody who is logged in, and why.
pub const SIGNED_IN: &[(&str, &str)] = &[
    ("GET /", "leads to the cases"),
    ("GET /me", "one's own account"),
    ("POST /me/password", "one's own password, with the one of now"),
    ("GET /me/second-factor", "one's own second factor"),
    ("POST /me/second-factor", "one's own second factor"),
    ("POST /me/second-factor/remove", "one's own second factor, with a code"),
    ("POST /me/email", "one's own address"),
    ("POST /me/email/confirm", "one's own address, with the code that was sent there"),
    ("POST /me/email/alerts", "what one wants to hear oneself"),
    ("POST /me/email/remove", "one's own address"),
    ("POST /me/sessions/end", "where one is logged in oneself"),
    ("GET /rights/why", "about oneself; about others the page asks for the right to manage rights"),
    ("GET /presence", "what one does oneself"),
    ("POST /presence", "what one does oneself; for others the verb asks"),
];

/// Actions without an address of the API, and why; a test holds that all others have one.
pub const NOT_IN_API: &[(&str, &str)] = &[
    ("viewed", "told by whoever shows something"),
    ("listened", "told by whoever plays something"),
    ("list_viewed", "told by whoever shows a list"),
    ("people_listed", "told by whoever shows people"),
    ("exported", "files for spreadsheets; programs read the same pages by the cursor"),
    ("create_user", "`create_user_of`, with a role that the program brings"),
    ("templates", "pages to keep them; programs read them by `templates_for`"),
    ("macros", "pages to keep them; programs read them by `macros_for`"),
    ("try_template", "the look of a page while somebody types; programs fill a kept one for a case"),
    ("catalogue", "pages to keep it; programs read it by `questions`"),
    ("confirm_user_email", "a code that came to one's own address, typed on one's own page"),
    ("set_user_alerts", "what one wants to hear oneself, said on one's own page"),
    ("line", "who is on the line with whoever reads a page"),
    ("try_split", "the look of a page; a program names the entries that it means"),
    ("begin_second_factor", "a person with a telephone in the hand"),
    ("confirm_second_factor", "a person with a telephone in the hand"),
    ("sessions", "where people are logged in with a browser is shown to them; the API ends them"),
    ("may_set_state", "what an operator does is said at the desk, where the telephone is"),
    ("keep_draft", "what somebody is typing in a browser"),
    ("stage_file", "what was chosen for a form that is not sent yet; programs send files with the case"),
];
