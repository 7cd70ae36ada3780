# The pages in English.

app-name = Odziv
skip = Skip to content
nav = Main menu
nav-cases = Cases
nav-live = Live
nav-dialplans = Call flows
nav-users = Users
nav-system = System
nav-safety = Safety
language = Language and script
log-out = Log out
close = Close
save = Save
none = None
nobody = Nobody
toast-offline = The server does not answer. Pages refresh by themselves once it is back.
toast-failed = That did not work. Please try again.

# Log-in
login = Log in
login-title = Log in
login-hint = The administrator gives you a password, and can replace it.
login-wrong = The user name or the password is not right.
login-too-many = Too many tries. Wait a minute and try again.

# First start
setup = First administrator
setup-text = This link works once. The administrator then adds the other users.
setup-create = Create the account and log me in

# Users
user-add = Add user
user-name = Full name
user-login = User name
user-login-hint = Small letters, digits, dot, hyphen
user-password = Password
user-password-again = Password again
user-new-password = New password
user-role = Role
user-me = you
user-inactive = inactive
user-invalid = The user was not added: the user name is taken or not valid, or the password is too short.
password-differs = The passwords differ.
password-short = { $count ->
    [one] The password needs at least { $count } character.
   *[other] The password needs at least { $count } characters.
}
role-administrator = Administrator
role-supervisor = Supervisor
role-operator = Operator
role-officer = Officer

# State of the system
system-works = Works
system-down = Down
system-database = Database
system-calls = Calls
system-telephony = Telephony
system-trunks = Trunks
system-no-trunks = No trunk is configured.
calls-live = now
calls-accepted = accepted since the start
calls-refused = refused for overload
calls-listening = addresses
trunk-seen = last heard
trunk-silent = not heard yet
trunk-by-address = By address
trunk-trying = Connecting
trunk-up = Up
trunk-registered = Registered
trunk-down = Down
trunk-target = server
trunk-until = registered until
trunk-round-trip = answers in
trunk-channels = calls now
trunk-spent = spent today
system-links = SMS links
system-no-links = No link is configured.
link-connecting = Connecting
link-bound = Bound
link-waiting = Waiting to try again
link-refused = Log-in refused
link-stopped = Stopped
link-since = since
link-received = received
link-accepted = sent
link-declined = refused
link-outstanding = outstanding

# List of cases
fresh-cases = { $count ->
    [one] new case
   *[other] new cases
}
list-all = All
statuses-new = New
statuses-forwarded = Forwarded
statuses-in-progress = In progress
statuses-answered = Answered
statuses-closed = Closed
statuses-reopened = Reopened
search = Search
search-placeholder = Name, phone, case number, words…
more = Show more
status = Status
channel = Channel
channel-any = All channels
category = Category
category-any = All categories
department = Service
department-any = All services
assignee = Assigned to
assignee-any = Everybody
assignee-me = My cases
assignee-nobody = Unassigned
empty-list = No cases yet
empty-list-text = The first call or text of a citizen will appear here by itself.
empty-filtered = Nothing matches
empty-filtered-text = Try a shorter word, or remove one of the filters.
empty-all = All cases

status-new = New
status-forwarded = Forwarded
status-in-progress = In progress
status-answered = Answered
status-closed = Closed
status-reopened = Reopened

channel-call = Call
channel-voicemail = Voicemail
channel-missed-call = Missed call
channel-sms = SMS
channel-email = E-mail
channel-web = Web
channel-document = Document

caller-hidden = Hidden number
time-yesterday = yesterday { $time }
weekday-monday = Monday
weekday-tuesday = Tuesday
weekday-wednesday = Wednesday
weekday-thursday = Thursday
weekday-friday = Friday
weekday-saturday = Saturday
weekday-sunday = Sunday

# One case
timeline = Timeline
take = Take this case
facts-save = Save changes
facts-stale = Somebody changed this case in the meantime. Your changes are not saved; reload the page to see it as it is now.
conflict = Somebody changed this case in the meantime. Your change was not saved; this is how it stands now.
person = Citizen
person-unnamed = Name not known
person-unknown = The number was hidden, so it is not known who this was.
person-others = Other cases
note-add = Note
note-placeholder = What was done, who was told, what comes next…
note-save = Save note
note-internal = Only staff see it
note-draft = The draft is kept on this computer
internal-title = Only staff see this

entry-opened = Case opened · { $channel }
entry-call = Call from { $caller }
entry-call-hidden = Call from a hidden number
entry-called = Number dialled { $number }
entry-length = Length { $length }
entry-recorded = Recording
entry-recording-gone = The recording is no longer available.
entry-text = Text from { $sender }
entry-text-partial = Incomplete text from { $sender }
entry-text-sent = Text to { $to }
entry-note = Note
entry-state-told = The state of the case was told by telephone
entry-surveyed = Answers to the survey {$survey}
case-pin = PIN for asking by telephone
entry-status = Status changed
entry-assigned = Assignee changed
entry-category = Category changed
entry-department = Service changed
entry-queued = Waiting for an operator · { $queue }
entry-waited = Waited { $length }
entry-answered-by = Answered by { $who }
entry-transferred = Transferred to { $to }
entry-transfer-failed = Transfer to { $to } did not come about
entry-returned = Returned to { $who }
entry-joined = { $who } joined the conversation
entry-done-by = By: { $who }
entry-recording-paused = Recording paused
entry-recording-resumed = Recording resumed
entry-ended-by-staff = Ended from the desk
entry-ended-by-spend-cap = Ended: what calls may cost in a day is spent
entry-ended-by-spend-cap-why = The limit is set by the administrator ([outbound] and daily_spend of the trunk).
entry-callback-promised = A call back was promised
entry-callback-kept = Called back as promised
entry-callback-given-up = The citizen could not be called back
entry-callback-tries = Tries: { $tries }
entry-called-out = Call to { $to }
entry-not-answered = not answered
left-queue-hung-up = Hung up while waiting
left-queue-timeout = Nobody answered in time
left-queue-no-agents = No operator was there
left-queue-overflow = The queue was full
left-queue-key = Left the queue by a key
left-queue-callback = Left the queue to be called back
left-queue-finished = The conversation is over
supervised-listen = A supervisor listened in
supervised-whisper = A supervisor prompted the operator
supervised-barge = A supervisor joined the conversation
ended-caller = The caller hung up
ended-plan = The call was completed
ended-other-side = The other side hung up
ended-not-reached = Nobody was reached
ended-staff = The call was ended from the desk
ended-joined = The call became part of another one
ended-silence = The call was dropped: no sound arrived
ended-failure = The call was dropped by an error
ended-restart = The call was dropped: the server was restarted

delivery-queued = Waiting to be sent
delivery-sending = Being sent
delivery-accepted = Taken by the network
delivery-delivered = Delivered
delivery-expired = Expired, not delivered
delivery-rejected = Refused by the network
delivery-undeliverable = Not delivered
delivery-uncertain = Not known whether it was sent

player-play = Play the recording
player-pause = Pause
player-position = Position in the recording
player-speed = Speed
player-citizen = Citizen
player-operator = Operator
player-turns = Who talks with the citizen
player-missing = The recording cannot be loaded.

# Shortcuts
help = Shortcuts
help-search = search
help-move = next and previous case
help-open = open the case
help-note = write a note
help-play = play or pause the recording
help-back = back to the list
help-help = this help

# Queues
nav-queues = Queues
change = Change
strategy-longest-idle = Whoever has waited longest for a call
strategy-round-robin = One after another
strategy-ring-all = All at once
strategy-least-talk = Whoever has talked least today
queue-settings = Settings
queue-now = Now
queue-today = Today
queue-waiting = waiting
queue-ready = ready
queue-talking = talking
queue-paused = paused
queue-offered = callers
queue-answered = answered
queue-in-time = of these in time
queue-abandoned = hung up
queue-average = average wait
queue-members-count = { $count ->
    [one] { $count } operator
   *[other] { $count } operators
  }
queue-none = There is no queue yet. Without one, a call flow cannot lead callers to operators.
queue-add = Add a queue
queue-name = Name
queue-key = Key
queue-key-hint = What call flows call it: small Latin letters, digits, - and _. It cannot be changed later.
queue-new-wrong = The queue was not added. The key is taken or has other characters than small Latin letters, digits, - and _, or there is no name.
queue-wrong = Nothing was saved. Please check: { $field }.
queue-seconds = seconds
queue-calls-unit = calls
queue-callers-unit = callers
queue-group-ringing = Who is rung, and for how long
queue-group-waiting = Callers who wait
queue-group-heard = What they hear while they wait
queue-group-overflow = When it is too much
queue-strategy = Who is rung first
queue-strategy-hint = Among the operators who are free and in the same line.
queue-ring = Ringing
queue-ring-hint = Then the next operator is tried. 5 to 120.
queue-rest = Rest after a missed call
queue-rest-hint = So long the same operator is not rung again. 0 to 600.
queue-pause-after-missed = Pause after missed calls
queue-pause-after-missed-hint = So many in a row and the operator is paused until they are back. Empty: never.
queue-wrap-up = Wrap-up after a conversation
queue-wrap-up-hint = No call comes meanwhile. The operator may end it sooner. 0 to 1800.
queue-max-waiting = Most callers
queue-max-waiting-hint = Further callers go to another queue or back to the call flow. 1 to 500.
queue-max-wait = Longest wait
queue-max-wait-hint = Then the call flow goes on. Empty: as the call flow says.
queue-ageing = Waiting raises priority
queue-ageing-hint = So long a wait counts as one level, so that nobody is passed over for ever. Empty: never.
queue-widen-after = Anybody will do after
queue-widen-after-hint = Then operators without the caller's language or service are rung too. Empty: never.
queue-wait-while-paused = Callers wait on while all operators who are there are paused
queue-announce-every = Tell the position every
queue-announce-every-hint = 15 to 600. Empty: never.
queue-announce-wait = Tell the expected wait too, when it is known
queue-overflow = Another queue that helps
queue-overflow-none = None
queue-overflow-hint = Takes callers for whom there is no room here.
queue-overflow-after = Helps after
queue-overflow-after-hint = After so long a wait callers are moved there and keep their turn. Empty: only when this queue is full.
queue-promise = Promised answer
queue-promise-hint = The figures count who was answered within this time. 1 to 3600.
queue-members = Operators in this queue
queue-member = Operator
queue-everyone = Every operator and supervisor, those who come later too
queue-nobody = There is no user with the role of operator or supervisor yet.
queue-place = Order
queue-line = Line
queue-line-first = First
queue-line-second = Second
queue-line-third = Third
queue-line-hint = The second line is rung only when nobody of the first is free. The order decides between equals.
queue-remove = Remove this queue
queue-remove-hint = Whoever waits in it goes to the queue that helps, or back to the call flow. A call flow that leads here must be changed first.
skills = What operators know
skills-hint = Counts in every queue. An operator without any entry serves all languages or all services.
skills-languages = Languages
skills-services = Services
skills-any-language = all languages
skills-any-service = all services
language-serbian = Serbian
language-english = English
reasons = Reasons of pauses
reasons-hint = What operators choose from when they take no calls for a while.
reason-serbian = Name in Serbian (Cyrillic)
reason-english = Name in English
reason-add = Add a reason
reason-retire = No longer offer it
reason-retired = no longer offered
reason-wrong = The reason was not saved. It needs both names and a key of small Latin letters, digits, - and _.

# What an operator does now
presence = My state
presence-since = since
presence-offline = No phone
presence-ready = Ready
presence-ringing = Ringing
presence-talking = Talking
presence-wrap-up = Wrap-up
presence-missed = Paused: missed calls
presence-finish = Finish wrap-up
presence-take-calls = Ready for calls
presence-pause = Pause
presence-not-running = Telephony does not run at the moment.
presence-not-now = Not possible at the moment.

# Errors
error-home = To the cases
error-not-found = There is nothing here
error-not-found-text = The address is wrong, or what you look for no longer exists.
error-sign-in = Please log in
error-sign-in-text = Log in to go on.
error-forbidden = You may not do this
error-forbidden-text = If you need it for your work, ask the administrator.
error-form = The form is out of date
error-form-text = Nothing was saved. Go back, reload the page and try again.
error-invalid = Not accepted
error-invalid-text = Nothing was saved. Check what you entered and try again.
error-conflict = Somebody was faster
error-conflict-text = This was changed in the meantime. Open it again to see how it stands.
error-too-many = Too many tries
error-too-many-text = Wait a minute and try again.
error-unavailable = Not possible just now
error-unavailable-text = The database does not answer. Try again in a moment.
error-internal = Server error
error-internal-text = It is not your doing. What happened was written down; please try again.

# Call flows
plans-lead = What a caller hears and where it leads. A saved change is in force at once, for new calls; calls in progress finish on the old one.
plan-new = New flow
plan-name = Name of the flow
plan-name-hint = Small letters, digits, hyphen
plan-write = Write it
plan-any-number = all other numbers
plan-answers = Answers calls
plan-differs = Changed, not in force
plan-waits = Not in force yet
plan-removed = The file is gone
plan-by-hand = from the folder
plan-nodes = { $count ->
    [one] { $count } step
   *[other] { $count } steps
}
plan-tests = { $count ->
    [one] { $count } test passed
   *[other] { $count } tests passed
}
plan-mistakes = { $count ->
    [one] { $count } mistake
   *[other] { $count } mistakes
}
plan-today = { $count ->
    [0] nobody has called today yet
    [one] { $count } call today
   *[other] { $count } calls today
}
plan-good = No mistakes
plan-text = Text of the flow
plan-picture = Picture of the flow
plan-picture-stale = The picture shows the last text without mistakes.
plan-no-picture = This text cannot be drawn.
plan-note = What changed and why
plan-save = Save and apply
plan-saved = Saved. New calls take this flow.
plan-unchanged = Nothing was changed.
plan-not-saved = Not saved.
plan-has-mistakes = The text has mistakes; the flow stays as it was.
plan-earlier = This is the text of { $moment }. It is in force only once you save it.
plan-conflict = The file was changed meanwhile, so nothing was saved. Below is what differs between the text now and yours. If you save again, yours is in force.
plan-leave = Changes are not saved.
plan-versions = versions
plan-returned = Back to the text of { $moment }
versions-help = Choose an older and a newer version.
versions-compare = Compare
versions-old = Older:
versions-new = Newer:
versions-open = Open
versions-return = Go back to this
versions-one = There is only one version.
versions-same = The texts are equal.
try-title = Try it
try-number = Number called
try-at = When
try-keys = What the caller does
try-go = Call
try-becomes = Becomes:
try-unused = Never asked for:
try-no-time = Enter a day and a time.
try-no-number = This number does not lead into this flow.
node-schedule = Hours
node-menu = Menu
node-play = Message
node-record = Recording
node-case = Case
node-sms = SMS
node-language = Language
node-goto = Go on at
node-say = Spoken
node-input = Digits
node-queue = Queue
node-callback = Callback
node-dial = Dial
node-conference = Conference
node-case-state = State of a case
node-survey = Survey
node-hangup = End

# Live
board-wall = Full screen
board-calls = Calls
board-talking = Talking
board-waiting = Waiting
board-longest = Longest wait
board-ready = Ready
board-paused = Paused
board-wrap-up = Wrap-up
board-queues = Queues
board-operators = Operators
board-calls-now = Calls now
board-callback = to be called back
board-expected = in about
board-rings-at = ringing:
board-level = in time
board-offered = calls
board-answered = answered
board-abandoned = gave up
board-average = average wait
board-no-queues = No queue is set up.
board-no-operators = There are no operators.
board-no-calls = Nobody is calling right now.
board-no-phone = no phone registered
board-recorded = Being recorded
board-recording-paused = Recording is paused
board-phone-rings = Your phone rings. Answer it to enter the conversation.
do-listen = Listen
do-whisper = Whisper
do-whisper-title = Only the operator hears you
do-barge = Join in
do-barge-title = Both hear you
do-pause = Stop rec.
do-resume = Record
do-hang-up = End
do-hang-up-sure = End this call? The citizen will hear that the line is cut.
refused-no-call = This call is already over.
refused-no-phone = Your phone is not registered, so nothing can ring.
refused-not-now = This is not possible now.
refused-not-allowed = This is not allowed.
refused-not-running = Telephony does not run at the moment.
stage-arriving = Arriving
stage-plan = With the call flow
stage-waiting = Waiting in queue
stage-ringing = Ringing
stage-talking = Talking
stage-held = On hold
stage-transferring = Being transferred
stage-conference = Conference
stage-ending = Ending
operator-offline = Not registered
operator-ready = Ready
operator-ringing = Ringing
operator-talking = Talking
operator-wrap-up = Wrap-up
operator-paused = Pause
operator-paused-for = Paused: { $reason }
warning-caller-private = The citizen is not heard: their exchange asks for sound at the private address { $address }, which cannot be reached from here.
warning-caller-nothing = The citizen is not heard: not a single packet arrives from { $address }.
warning-caller-silent = The citizen's sound has stopped arriving.
warning-operator-private = The operator is not heard: the phone asks for sound at the private address { $address }, which cannot be reached from here.
warning-operator-nothing = The operator is not heard: not a single packet arrives from { $address }.
warning-operator-silent = The operator's sound has stopped arriving.

# Phones
phones = Phones
phones-none = No phone yet. Add one: the password and a code for the softphone are shown at once.
phone-add = Add phone
phone-label = What it is called
phone-label-hint = For example: Desk 3, mobile
phone-invalid = The phone was not added: it needs a name of up to 60 characters, and a user has at most ten phones.
phone-secret-once = This password is shown only now. Enter it into the phone before you leave this page.
phone-server = Server
phone-username = User name of the phone
phone-uri = In one line
phone-link = Setup link, works once, for 15 minutes
phone-qr = Code with the setup link
phone-qr-hint = Linphone: scan at “Remote configuration” on first start.
phone-added = added
phone-registered = registered
phone-since = since
phone-nat = behind NAT
phone-never = never registered
phone-last-seen = last registered
phone-revoke = Revoke
phone-revoke-hint = It can no longer call or be called.
extension = Extension
extension-number = Short number
extension-hint = 2 to 6 digits, not beginning with 0. Colleagues dial it.
extension-invalid = The extension was not changed: it is taken, or is not 2 to 6 digits.

# Safety
safety-registered = registered phones
safety-registrations = registrations
safety-failures = failed tries
safety-dropped = packets dropped
safety-bans = Banned addresses
safety-no-bans = Nobody is banned.
safety-lift = Lift the ban
safety-sources = Loudest addresses
safety-quiet = Nobody but trunks has sent anything lately.
safety-phone = phone
safety-stranger = stranger
safety-heard = packets
safety-over-budget = over budget
safety-hint = Addresses are banned for repeated wrong passwords only, never for an ordinary registration; trunks never. Figures are since the start, addresses of the last two minutes.
offence-wrong-password = wrong password
offence-unknown-phone = unknown phone
offence-scanner = scanner
