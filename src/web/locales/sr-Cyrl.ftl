# Странице на српском, ћирилицом. Латиница настаје од ове датотеке.

app-name = Одзив
skip = Пређи на садржај
nav = Главни мени
nav-cases = Предмети
nav-live = Уживо
nav-dialplans = Токови позива
nav-users = Корисници
nav-system = Систем
nav-safety = Безбедност
language = Језик и писмо
log-out = Одјави се
close = Затвори
save = Сачувај
none = Није одређена
nobody = Нико
toast-offline = Сервер се не одзива. Странице се саме освежавају чим се врати.
toast-failed = Није успело. Покушајте поново.

# Пријава
login = Пријави се
login-title = Пријава
login-hint = Лозинку добијате од администратора. Он је може и заменити новом.
login-wrong = Корисничко име или лозинка нису тачни.
login-too-many = Превише покушаја. Сачекајте минут, па покушајте поново.

# Прво покретање
setup = Први администратор
setup-text = Ова веза важи само једном. Администратор потом додаје остале кориснике.
setup-create = Направи налог и пријави ме

# Корисници
user-add = Додај корисника
user-name = Име и презиме
user-login = Корисничко име
user-login-hint = Мала латинична слова, цифре, тачка, цртица
user-password = Лозинка
user-password-again = Лозинка још једном
user-new-password = Нова лозинка
user-role = Улога
user-me = Ви
user-inactive = неактиван
user-invalid = Корисник није додат: корисничко име је заузето или неисправно, или је лозинка прекратка.
password-differs = Лозинке се разликују.
password-short = { $count ->
    [one] Лозинка мора имати најмање { $count } знак.
    [few] Лозинка мора имати најмање { $count } знака.
   *[other] Лозинка мора имати најмање { $count } знакова.
}
role-administrator = Администратор
role-supervisor = Руководилац
role-operator = Оператер
role-officer = Службеник

# Стање система
system-works = Ради
system-down = Не ради
system-database = База података
system-calls = Позиви
system-telephony = Телефонија
system-trunks = Везе са телефонском мрежом
system-no-trunks = Ниједна веза са телефонском мрежом није подешена.
calls-live = сада у току
calls-accepted = примљено од покретања
calls-refused = одбијено због гужве
calls-listening = адресе на којима се слуша
trunk-seen = последњи пут се јавио
trunk-silent = још се није јавио
trunk-by-address = По адреси
trunk-trying = Повезује се
trunk-up = Ради
trunk-registered = Пријављен
trunk-down = Не ради
trunk-target = сервер
trunk-until = пријављен до
trunk-round-trip = одговара за
trunk-channels = позива сада
trunk-spent = потрошено данас
system-links = Везе за SMS
system-no-links = Ниједна веза није подешена.
link-connecting = Повезује се
link-bound = Повезана
link-waiting = Чека нови покушај
link-refused = Одбијена пријава
link-stopped = Заустављена
link-since = од
link-received = примљено
link-accepted = послато
link-declined = одбијено
link-outstanding = на чекању

# Листа предмета
fresh-cases = { $count ->
    [one] нов предмет
    [few] нова предмета
   *[other] нових предмета
}
list-all = Сви
statuses-new = Нови
statuses-forwarded = Прослеђени
statuses-in-progress = У раду
statuses-answered = Одговорени
statuses-closed = Затворени
statuses-reopened = Поново отворени
search = Тражи
search-placeholder = Име, број телефона, број предмета, речи…
more = Прикажи још
status = Статус
channel = Канал
channel-any = Сви канали
category = Врста
category-any = Све врсте
department = Служба
department-any = Све службе
assignee = Обрађује
assignee-any = Сви обрађивачи
assignee-me = Моји предмети
assignee-nobody = Нераспоређени
empty-list = Још нема предмета
empty-list-text = Први позив или порука грађанина појавиће се овде, без освежавања странице.
empty-filtered = Ништа не одговара
empty-filtered-text = Покушајте са краћом речју или уклоните неки од филтера.
empty-all = Сви предмети

status-new = Нов
status-forwarded = Прослеђен
status-in-progress = У раду
status-answered = Одговорен
status-closed = Затворен
status-reopened = Поново отворен

channel-call = Позив
channel-voicemail = Говорна порука
channel-missed-call = Пропуштен позив
channel-sms = SMS
channel-email = Е-пошта
channel-web = Веб
channel-document = Документ

caller-hidden = Скривен број
time-yesterday = јуче { $time }
weekday-monday = понедељак
weekday-tuesday = уторак
weekday-wednesday = среда
weekday-thursday = четвртак
weekday-friday = петак
weekday-saturday = субота
weekday-sunday = недеља

# Предмет
timeline = Ток предмета
take = Додели мени
facts-save = Сачувај измене
facts-stale = Неко је у међувремену изменио овај предмет. Ваше измене нису сачуване; освежите страницу да видите ново стање.
conflict = Неко је у међувремену изменио овај предмет. Ваша измена није сачувана; испод је ново стање.
person = Грађанин
person-unnamed = Име није познато
person-unknown = Број је био скривен, па се не зна ко се јавио.
person-others = Остали предмети
note-add = Белешка
note-placeholder = Шта је урађено, ко је обавештен, шта следи…
note-save = Сачувај белешку
note-internal = Виде је само запослени
note-draft = Нацрт је сачуван на овом рачунару
internal-title = Виде само запослени

entry-opened = Отворен предмет · { $channel }
entry-call = Позив са броја { $caller }
entry-call-hidden = Позив са скривеног броја
entry-called = Позван број { $number }
entry-length = Трајање { $length }
entry-recorded = Снимак
entry-recording-gone = Снимак више није доступан.
entry-text = Порука од: { $sender }
entry-text-partial = Непотпуна порука од: { $sender }
entry-text-sent = Порука за { $to }
entry-note = Белешка
entry-state-told = Стање предмета саопштено телефоном
entry-surveyed = Одговори на анкету {$survey}
case-pin = ПИН за питање телефоном
entry-status = Промењен статус
entry-assigned = Промењен обрађивач
entry-category = Промењена врста
entry-department = Промењена служба
entry-queued = Чека оператера · { $queue }
entry-waited = Чекање { $length }
entry-answered-by = На позив одговара { $who }
entry-transferred = Преспојено на { $to }
entry-transfer-failed = Преспајање на { $to } није успело
entry-returned = Враћено: { $who }
entry-joined = У разговор се укључује { $who }
entry-done-by = { $who }
entry-recording-paused = Снимање заустављено
entry-recording-resumed = Снимање настављено
entry-ended-by-staff = Прекинуто са радног места
entry-ended-by-spend-cap = Прекинуто: потрошено је колико позиви смеју да коштају за дан
entry-ended-by-spend-cap-why = Границу одређује администратор ([outbound] и daily_spend телефонске везе).
entry-callback-promised = Обећан повратни позив
entry-callback-kept = Позван како је обећано
entry-callback-given-up = Грађанина није било могуће добити
entry-callback-tries = Број покушаја: { $tries }
entry-called-out = Позив на { $to }
entry-not-answered = без одговора
left-queue-hung-up = Прекинуо везу док је чекао
left-queue-timeout = Нико се није јавио на време
left-queue-no-agents = Није било оператера
left-queue-overflow = Ред је био пун
left-queue-key = Изашао из реда тастером
left-queue-callback = Изашао из реда ради повратног позива
left-queue-finished = Разговор је завршен
supervised-listen = Руководилац је слушао разговор
supervised-whisper = Руководилац је помагао оператеру
supervised-barge = Руководилац се укључио у разговор
ended-caller = Позивалац је прекинуо везу
ended-plan = Позив је завршен
ended-other-side = Друга страна је прекинула везу
ended-not-reached = Нико није добијен
ended-staff = Позив је прекинут са радног места
ended-joined = Позив је спојен са другим позивом
ended-silence = Веза је прекинута: звук није стизао
ended-failure = Веза је прекинута због грешке
ended-restart = Веза је прекинута: сервер је поново покренут

delivery-queued = Чека на слање
delivery-sending = Шаље се
delivery-accepted = Предата мрежи
delivery-delivered = Испоручена
delivery-expired = Истекла, није испоручена
delivery-rejected = Мрежа ју је одбила
delivery-undeliverable = Није испоручена
delivery-uncertain = Не зна се да ли је послата

player-play = Пусти снимак
player-pause = Заустави
player-position = Место у снимку
player-speed = Брзина
player-citizen = Грађанин
player-operator = Оператер
player-turns = Ко разговара са грађанином
player-missing = Снимак се не може учитати.

# Пречице
help = Пречице
help-search = претражи све
help-move = следећи и претходни предмет
help-open = отвори предмет
help-note = напиши белешку
help-play = пусти или заустави снимак
help-back = назад на листу
help-help = ова помоћ

# Људи и претрага
search-everything = Тражи предмете и људе
search-title = Претрага
search-hint = Број предмета, телефон у било ком запису, име, адреса или речи из било ког записа, ћирилицом или латиницом.
search-people = Људи
search-more-people = Сви пронађени људи
search-nothing = Ништа није пронађено
search-nothing-text = Проверите како је написано, или пробајте са мање речи.
help-filter = сузи списак предмета; на предмету: проследи
nav-people = Људи
people-search = Име, телефон, имејл или адреса
people-none = Још нема уписаних људи.
person-add = Додај особу
person-add-wrong = Особа није додата. Проверите телефон и имејл; можда већ постоји особа која их има.
person-name = Име и презиме
person-name-wrong = Име је предугачко.
person-since = у евиденцији од { $date }
person-sent = Обраћања
person-sent-nothing = Још се није обраћала.
person-older = Старија обраћања
person-cases = Сви предмети ове особе
person-parties = Предмети других у којима учествује
person-history = Измене и белешке
person-facts = Подаци
person-language = Писмо и језик обавештења
person-tell-by = Обавештавати
person-as-written = како се обрати
person-points = Контакти
person-consents = Сагласности
tell-by-sms = СМС-ом
tell-by-email = имејлом
tell-by-post = поштом
tell-by-none = не обавештавати
point-phone = Телефон
point-email = Имејл
point-address = Адреса
point-kind = Врста контакта
point-value = Број или адреса
point-add = Додај контакт
point-first = први избор
point-prefer = Први избор
point-valid = Поново важи
point-invalid = Не важи
point-remove = Обриши
point-is-valid = поново важи
point-is-invalid = не важи
point-invalid-since = Не важи од { $date }
point-failed = Последња порука није уручена
point-failed-case = Предмет те поруке
point-wrong = Контакт није сачуван. Проверите како је написан.
point-is-there = Овај контакт је већ уписан.
point-taken = Овај контакт већ има друга особа:
consent = Сагласност
consent-change = Упиши сагласност или опозив
consent-state = Одлука
consent-means = Како је изјављена
consent-remark = Напомена
consent-recording = Снимање разговора
consent-text-notices = Обавештења СМС-ом
consent-email-notices = Обавештења имејлом
consent-surveys = Анкете
consent-state-given = дата
consent-state-withdrawn = опозвана
consent-state-unknown = није питана
means-telephone = телефоном
means-paper = писмено
means-email = имејлом
means-text = СМС-ом
means-web = преко интернета
means-in-person = лично
party-follower = прати предмет
party-witness = сведок
card-added = Додата особа
card-edited = Измењени подаци
card-point-added = Додат контакт
card-point-removed = Обрисан контакт
card-point-preferred = Први избор
card-point-marked = Важење контакта
card-consented = Сагласност
card-noted = Белешка
card-merged = Спојена са особом
card-merged-into = Припојена особи
card-split = Раздвојена од особе
merge-title = Спајање
merge-begin = Споји са другом особом
merge-hint = Када иста особа има два картона, од њих се прави један. Све се може вратити: раздвајањем оба картона постају каква су била, а оно што је стигло у међувремену остаје код прве особе.
merge-look = упореди
merge-search = Потражите други картон исте особе
merge-survivor = Остаје
merge-other = Припаја се
merge-do = Споји
merge-swap = Замени места
merge-undo = Раздвоји
merge-wrong = Спајање није могуће овим редом: прво раздвојите касније спојене особе.
cancel = Одустани
export = Преузми
export-cut = Списак је дужи од 100.000 редова. Овај фајл се завршава овде; сузите списак па преузмите остатак.
export-number = Број предмета
export-caller = Број са ког је стигло
export-place = Место
export-summary = Садржај
export-outcome = Исход
export-opened = Отворен
export-updated = Измењен
export-due = Рок
export-known-since = У евиденцији од
saved-lists = Сачувани спискови
saved-shared = заједнички
saved-change = Измени списак
saved-keep = Сачувај овај списак
saved-name = Назив списка
saved-for-all = Виде га сви
saved-up = Помери напред
saved-remove = Обриши
filters-more = Још услова
filter-any = било који
filter-outcome = Исход
filter-told = Обавештење грађанина
filter-from = Отворен од
filter-until = Отворен до
filter-order = Редослед
order-newest = најновији
order-due = најскорији рок
order-updated = последње измењени

# Редови
nav-queues = Редови чекања
change = Измени
strategy-longest-idle = Ко најдуже чека позив
strategy-round-robin = Редом, један за другим
strategy-ring-all = Свима одједном
strategy-least-talk = Ко је данас најмање разговарао
queue-settings = Подешавања
queue-now = Сада
queue-today = Данас
queue-waiting = чека
queue-ready = спремно
queue-talking = разговара
queue-paused = на паузи
queue-offered = позивалаца
queue-answered = јављено
queue-in-time = од тога на време
queue-abandoned = спустило слушалицу
queue-average = просечно чекање
queue-members-count = { $count ->
    [one] { $count } оператер
    [few] { $count } оператера
   *[other] { $count } оператера
  }
queue-none = Још нема ниједног реда. Без реда ток позива не може да доведе позиваоца до оператера.
queue-add = Додај ред
queue-name = Назив
queue-key = Кључ
queue-key-hint = Како га зову токови позива: мала слова латинице без квачица, цифре, - и _. Касније се не мења.
queue-new-wrong = Ред није додат. Кључ је заузет или има друге знакове осим малих слова латинице, цифара, - и _, или нема назива.
queue-wrong = Ништа није сачувано. Проверите: { $field }.
queue-seconds = секунди
queue-calls-unit = позива
queue-callers-unit = позивалаца
queue-group-ringing = Коме звони и колико дуго
queue-group-waiting = Позиваоци који чекају
queue-group-heard = Шта чују док чекају
queue-group-overflow = Када је превише
queue-strategy = Коме прво звони
queue-strategy-hint = Међу оператерима који су слободни и у истој линији.
queue-ring = Звони
queue-ring-hint = Затим се зове следећи оператер. Од 5 до 120.
queue-rest = Предах после пропуштеног позива
queue-rest-hint = Толико дуго истом оператеру не звони поново. Од 0 до 600.
queue-pause-after-missed = Пауза после пропуштених позива
queue-pause-after-missed-hint = После толико узастопних оператер је на паузи док се не врати. Празно: никада.
queue-wrap-up = Накнадна обрада после разговора
queue-wrap-up-hint = Дотле нема нових позива. Оператер може да заврши раније. Од 0 до 1800.
queue-max-waiting = Највише позивалаца
queue-max-waiting-hint = Остали иду у други ред или назад у ток позива. Од 1 до 500.
queue-max-wait = Најдуже чекање
queue-max-wait-hint = Затим се наставља ток позива. Празно: како каже ток позива.
queue-ageing = Чекање подиже предност
queue-ageing-hint = Толико чекања вреди један степен, да нико не буде стално прескакан. Празно: никада.
queue-widen-after = Било ко после
queue-widen-after-hint = Тада звони и оператерима који не знају језик или службу позиваоца. Празно: никада.
queue-wait-while-paused = Позиваоци чекају и док су сви присутни оператери на паузи
queue-announce-every = Кажи место у реду сваких
queue-announce-every-hint = Од 15 до 600. Празно: никада.
queue-announce-wait = Кажи и очекивано чекање, када је познато
queue-overflow = Други ред који помаже
queue-overflow-none = Ниједан
queue-overflow-hint = Прима позиваоце за које овде нема места.
queue-overflow-after = Помаже после
queue-overflow-after-hint = После толиког чекања позиваоци прелазе тамо и не губе свој ред. Празно: само када је овај ред пун.
queue-promise = Обећано јављање
queue-promise-hint = Бројке рачунају коме се јављено у том времену. Од 1 до 3600.
queue-members = Оператери у овом реду
queue-member = Оператер
queue-everyone = Сви оператери и руководиоци, и они који тек дођу
queue-nobody = Још нема корисника са улогом оператера или руководиоца.
queue-place = Редослед
queue-line = Линија
queue-line-first = Прва
queue-line-second = Друга
queue-line-third = Трећа
queue-line-hint = Друга линија звони само када у првој нико није слободан. Редослед одлучује међу једнакима.
queue-remove = Уклони овај ред
queue-remove-hint = Ко у њему чека, иде у ред који помаже или назад у ток позива. Прво измените токове позива који воде овамо.
skills = Шта оператери знају
skills-hint = Важи у свим редовима. Оператер без уноса служи на свим језицима, односно за све службе.
skills-languages = Језици
skills-services = Службе
skills-any-language = сви језици
skills-any-service = све службе
language-serbian = српски
language-english = енглески
reasons = Разлози паузе
reasons-hint = Између њих бирају оператери када неко време не примају позиве.
reason-serbian = Назив на српском (ћирилицом)
reason-english = Назив на енглеском
reason-add = Додај разлог
reason-retire = Не нуди више
reason-retired = више се не нуди
reason-wrong = Разлог није сачуван. Потребна су оба назива и кључ од малих слова латинице, цифара, - и _.

# Шта оператер сада ради
presence = Моје стање
presence-since = од
presence-offline = Без телефона
presence-ready = Спремно
presence-ringing = Звони
presence-talking = Разговор
presence-wrap-up = Накнадна обрада
presence-missed = Пауза: пропуштени позиви
presence-finish = Заврши обраду
presence-take-calls = Примам позиве
presence-pause = Пауза
presence-not-running = Телефонија тренутно не ради.
presence-not-now = Тренутно није могуће.

# Грешке
error-home = На предмете
error-not-found = Овде нема ничега
error-not-found-text = Адреса је погрешна, или то што тражите више не постоји.
error-sign-in = Потребна је пријава
error-sign-in-text = Пријавите се да бисте наставили.
error-forbidden = Немате право на ово
error-forbidden-text = Ако вам је потребно за посао, обратите се администратору.
error-form = Образац је застарео
error-form-text = Ништа није сачувано. Вратите се, освежите страницу и покушајте поново.
error-invalid = Унос није прихваћен
error-invalid-text = Ништа није сачувано. Проверите шта је унето и покушајте поново.
error-conflict = Неко је био бржи
error-conflict-text = Ово је у међувремену измењено. Отворите поново и погледајте ново стање.
error-too-many = Превише покушаја
error-too-many-text = Сачекајте минут, па покушајте поново.
error-unavailable = Тренутно није могуће
error-unavailable-text = База података не одговара. Покушајте поново за који тренутак.
error-internal = Грешка на серверу
error-internal-text = Није до вас. Забележено је шта се догодило; покушајте поново.

# Токови позива
plans-lead = Шта позивалац чује и куда га то води. Сачувана измена важи одмах, за нове позиве; разговори у току завршавају се по старом.
plan-new = Нов ток
plan-name = Назив тока
plan-name-hint = Мала латинична слова, цифре, цртица
plan-write = Напиши
plan-any-number = сви остали бројеви
plan-answers = Одговара на позиве
plan-differs = Измењен, а не важи
plan-waits = Још не важи
plan-removed = Датотеке више нема
plan-by-hand = из фасцикле
plan-nodes = { $count ->
    [one] { $count } корак
    [few] { $count } корака
   *[other] { $count } корака
}
plan-tests = { $count ->
    [one] { $count } проба прошла
    [few] { $count } пробе прошле
   *[other] { $count } проба прошло
}
plan-mistakes = { $count ->
    [one] { $count } грешка
    [few] { $count } грешке
   *[other] { $count } грешака
}
plan-today = { $count ->
    [0] данас још нико није звао
    [one] данас { $count } позив
    [few] данас { $count } позива
   *[other] данас { $count } позива
}
plan-good = Без грешака
plan-text = Текст тока
plan-picture = Слика тока
plan-picture-stale = Слика показује последњи исправан текст.
plan-no-picture = Овај текст се не може нацртати.
plan-note = Шта је измењено и зашто
plan-save = Сачувај и примени
plan-saved = Сачувано. Нови позиви иду овим током.
plan-unchanged = Ништа није измењено.
plan-not-saved = Није сачувано.
plan-has-mistakes = У тексту има грешака; важи досадашњи ток.
plan-earlier = Отворен је текст од { $moment }. Важиће тек када га сачувате.
plan-conflict = Датотека је у међувремену измењена, па ништа није сачувано. Испод је разлика између садашњег и вашег текста. Ако поново сачувате, важиће ваш текст.
plan-leave = Измене нису сачуване.
plan-versions = верзије
plan-returned = Враћен текст од { $moment }
versions-help = Изаберите старију и новију верзију.
versions-compare = Упореди
versions-old = Старија:
versions-new = Новија:
versions-open = Отвори
versions-return = Врати ову
versions-one = Постоји само једна верзија.
versions-same = Текстови су једнаки.
try-title = Испробај
try-number = Позвани број
try-at = Када
try-keys = Шта позивалац ради
try-go = Позови
try-becomes = Постаје:
try-unused = Није ни затражено:
try-no-time = Унесите дан и време.
try-no-number = Овај број не води у овај ток.
node-schedule = Радно време
node-menu = Мени
node-play = Порука
node-record = Снимање
node-case = Предмет
node-sms = SMS
node-language = Језик
node-goto = Прелаз
node-say = Изговор
node-input = Унос цифара
node-queue = Ред чекања
node-callback = Повратни позив
node-dial = Позивање
node-conference = Конференција
node-case-state = Стање предмета
node-survey = Анкета
node-hangup = Крај

# Уживо
board-wall = Цео екран
board-calls = Позиви
board-talking = У разговору
board-waiting = Чека
board-longest = Најдуже чекање
board-ready = Слободни
board-paused = На паузи
board-wrap-up = Накнадна обрада
board-queues = Редови
board-operators = Оператери
board-calls-now = Позиви у току
board-callback = чека повратни позив
board-expected = још око
board-rings-at = звони код:
board-level = на време
board-offered = позива
board-answered = јављено
board-abandoned = одустало
board-average = просек чекања
board-no-queues = Ниједан ред није подешен.
board-no-operators = Нема оператера.
board-no-calls = Тренутно нико не зове.
board-no-phone = телефон није пријављен
board-recorded = Снима се
board-recording-paused = Снимање је заустављено
board-phone-rings = Звони ваш телефон. Јавите се да бисте ушли у разговор.
do-listen = Слушај
do-whisper = Шапни
do-whisper-title = Чује вас само оператер
do-barge = Укључи се
do-barge-title = Чују вас обоје
do-pause = Не снимај
do-resume = Снимај
do-hang-up = Прекини
do-hang-up-sure = Прекинути овај позив? Грађанин ће чути да је веза прекинута.
refused-no-call = Овај позив је већ завршен.
refused-no-phone = Ваш телефон није пријављен, па нема шта да звони.
refused-not-now = Ово сада није могуће.
refused-not-allowed = Ово није дозвољено.
refused-not-running = Телефонија тренутно не ради.
stage-arriving = Стиже
stage-plan = Говорни аутомат
stage-waiting = Чека у реду
stage-ringing = Звони
stage-talking = Разговор
stage-held = На чекању
stage-transferring = Преусмерава се
stage-conference = Конференција
stage-ending = Завршава се
operator-offline = Није пријављен
operator-ready = Слободан
operator-ringing = Звони
operator-talking = У разговору
operator-wrap-up = Накнадна обрада
operator-paused = Пауза
operator-paused-for = Пауза: { $reason }
warning-caller-private = Грађанин се не чује: његова централа тражи звук на приватној адреси { $address }, до које одавде нема пута.
warning-caller-nothing = Грађанин се не чује: са адресе { $address } не стиже ниједан пакет.
warning-caller-silent = Звук грађанина је престао да стиже.
warning-operator-private = Оператер се не чује: његов телефон тражи звук на приватној адреси { $address }, до које одавде нема пута.
warning-operator-nothing = Оператер се не чује: са адресе { $address } не стиже ниједан пакет.
warning-operator-silent = Звук оператера је престао да стиже.

# Телефони
phones = Телефони
phones-none = Још нема телефона. Додајте први: лозинка и код за телефон у рачунару приказују се одмах.
phone-add = Додај телефон
phone-label = Како се зове
phone-label-hint = На пример: Сто 3, мобилни
phone-invalid = Телефон није додат: потребан је назив до 60 знакова, а корисник има највише десет телефона.
phone-secret-once = Ова лозинка приказује се само сада. Унесите је у телефон пре него што напустите ову страницу.
phone-server = Сервер
phone-username = Корисничко име телефона
phone-uri = У једном реду
phone-link = Веза за подешавање, важи једном, 15 минута
phone-qr = Код са везом за подешавање
phone-qr-hint = Linphone: скенирајте код под „Удаљено подешавање“ при првом покретању.
phone-added = додат
phone-registered = пријављен
phone-since = од
phone-nat = иза NAT-а
phone-never = још се није пријавио
phone-last-seen = последњи пут пријављен
phone-revoke = Опозови
phone-revoke-hint = Више неће моћи да зове нити да прима позиве.
extension = Локал
extension-number = Кратки број
extension-hint = Од 2 до 6 цифара, без 0 на почетку. Бирају га колеге.
extension-invalid = Локал није промењен: заузет је, или нема од 2 до 6 цифара.

# Безбедност
safety-registered = пријављених телефона
safety-registrations = пријава
safety-failures = неуспелих покушаја
safety-dropped = одбачених пакета
safety-bans = Блокиране адресе
safety-no-bans = Нико није блокиран.
safety-lift = Укини блокаду
safety-sources = Најгласније адресе
safety-quiet = Осим телефонске мреже, у последње време нико није слао ништа.
safety-phone = телефон
safety-stranger = непознат
safety-heard = пакета
safety-over-budget = преко границе
safety-hint = Адресе се блокирају само због поновљених погрешних лозинки, никада због обичне пријаве; везе са телефонском мрежом никада. Бројеви важе од покретања, адресе за последња два минута.
offence-wrong-password = погрешна лозинка
offence-unknown-phone = непознат телефон
offence-scanner = скенер

# Шта проверавач каже о току, и шта се чује при испробавању
says-not-a-table = { $what } је табела, а ово је { $kind }
says-not-a-text = „{ $name }“ је текст, а ово је { $kind }
says-not-a-list = „{ $name }“ је листа, а ово је { $kind }
says-not-a-flag = „{ $name }“ је true или false, а ово је { $kind }
says-not-a-whole-number = „{ $name }“ је цео број од { $low } до { $high }, без наводника
says-no-date = Ово није датум
says-no-local-time = Ово нису датум и време
says-missing = { $what }: недостаје „{ $name }“
says-unknown-key = { $what }: „{ $name }“ овде не постоји
says-cannot-be = „{ $name }“ не може бити „{ $value }“
says-more-than = „{ $least }“ је веће од „{ $most }“ ({ $limit })
says-a-text = текст
says-a-number = број
says-a-flag = true или false
says-a-date = датум или време
says-a-list = листа
says-a-table = табела
says-the-plan = Ток
says-the-table = „{ $name }“
says-the-number = Телефонски број
says-the-node = Корак „{ $name }“
says-the-kind = Корак врсте { $kind }
says-the-calendar = Календар
says-the-day = Дан у листи „{ $list }“
says-the-question = Питање
says-the-test = Проба
says-did-you-mean = да ли сте мислили „{ $word }“?
says-known-are = постоје: { $words }
says-one-of = једно од: { $words }
says-example = на пример { $example }
says-write-as = напишите „{ $word }“
says-write-like = пишите као { $example }
says-write-table = пишите као { "{" } кључ = вредност, ... { "}" }
says-write-unquoted = пишите без наводника
says-write-date = пишите без наводника, као { $example }
says-write-local-time = пишите без наводника и зоне, као { $example }
says-write-digits = пишите цифрама
says-put-in-quotes = ставите у наводнике
says-put-in-brackets = ставите у [ ]
says-not-toml = Текст није исправан TOML: { $said }
says-duplicate-key = Овај кључ већ стоји у истој табели
says-text-unquoted = Текст мора бити у наводницима
says-value-missing = Недостаје вредност
says-equals-missing = Недостаје „=“ између кључа и вредности
says-comma-missing = Недостаје зарез
says-bracket-unclosed = Заграда није затворена
says-too-large = Веће од { $most } бајтова: ово није ток позива
says-only-schema-1 = Познато је само `schema = 1`
says-begin-with-schema = почните датотеку са `schema = 1`
says-no-numbers = Ниједан телефонски број не води у овај ток
says-add-number = додајте [number."+38121480000"] са start = "...", или [number.any]
says-not-a-phone-number = „{ $number }“ није телефонски број
says-write-number-or-any = пишите као "+38121480000", или `any` за све остале бројеве
says-claimed-twice = Број { $number } је наведен двапут
says-leads-into = већ води овамо: { $place }
says-needs-nodes = Ток нема ниједан корак
says-too-many-nodes = Више од { $most } корака: направите више токова
says-no-node = Не постоји корак „{ $name }“
says-node-without-kind = Корак „{ $name }“ нема врсту
says-stands-in-node = „{ $key }“ стоји непосредно у кораку „{ $name }“
says-kind-in-heading = напишите врсту у наслову, као [node.{ $name }.play]
says-two-kinds = Корак „{ $name }“ је већ { $first }, не може бити и { $second }
says-another-name = дајте једном од њих друго име
says-unknown-kind = Непозната врста корака „{ $kind }“
says-known-kinds = познате врсте: { $kinds }
says-prompt-or-prompts = Или `prompt` или `prompts`, не обоје
says-nothing-to-play = Нема шта да се пусти
says-no-case-says-why = `no_case` каже зашто овде није потребан предмет
says-nothing-stores = Ниједан корак input не памти „{ $name }“
says-not-a-key = „{ $key }“ није тастер телефона
says-telephone-keys = тастери су 0-9, "*", "#", A-D
says-no-keys = Мени без тастера не нуди ништа
says-use-play = употребите корак play
says-terminator = Завршни тастер је "#" или "*"
says-check-or-range = Или `check` или `range`, не обоје
says-range-takes = `range` тражи најмањи и највећи број који важи
says-no-check = Не постоји провера „{ $name }“
says-survey-length = Анкета има од 1 до { $most } питања
says-answer-keys = `keys` су тастери који важе као одговор
says-not-sayable = „{ $text }“ не може да се изговори као { $manner }
says-now-is-a-time = `now` се изговара као датум или као време
says-one-thing-to-say = Корак say изговара једну ствар
says-say-sources = или `value`, или `input` (име које памти корак input), или `now`, или `caller`
says-hangup-says = `hangup` каже шта постаје позивалац који прекине везу док чека
says-only-missed = за сада је једина реч "missed"
says-one-thing-to-dial = Корак dial зове једно одредиште
says-dial-targets = или `operator`, или `department`, или `number`, или `operator_from` (име које памти корак input)
says-pin-digits = ПИН има од 1 до 12 цифара, у наводницима
says-consent-without-record = `consent` без `record = true` каже оно што није тачно
says-no-calendar = Не постоји календар „{ $name }“
says-no-holidays = Нису познати празници „{ $name }“
says-no-weekday = „{ $word }“ није дан у недељи
says-no-hours = „{ $hours }“ није радно време; пише се као "07:30-15:30"
says-hours-end-first = „{ $hours }“ се завршава пре него што почне; време преко поноћи су два: до 24:00, и од 00:00 наредног дана
says-hours-overlap = { $new } се преклапа са { $old } истог дана
says-date-twice = { $date } стоји двапут у овом календару
says-no-category = Не постоји врста предмета „{ $name }“
says-no-template = Не постоји образац поруке „{ $name }“
says-no-queue = Не постоји ред „{ $name }“
says-no-department = Не постоји служба „{ $name }“
says-no-extension = Нема оператера са локалом „{ $name }“
says-no-language = Нема снимака на језику „{ $name }“
says-prompt-missing = Недостаје снимак „{ $name }“: { $files }
says-prompt-unusable = Снимак „{ $name }“ не може да се пусти: { $why }
says-pieces-missing = Недостају снимци за изговор ({ $manner })
says-files-missing = недостају: { $files }
says-unreachable = Ниједан позив не може да стигне у корак „{ $name }“
says-lead-here = доведите неки излаз овамо, или уклоните корак
says-too-far = Одавде позив може да прође { $length } корака без тастера, а највише је { $most }
says-ask-in-between = питајте нешто успут, или скратите
says-circle = Позивалац који не притисне ниједан тастер врти се укруг заувек
says-lead-to-hangup = поведите један од излаза у корак hangup
says-ends-without-case = Позив може да стигне до овог краја без предмета
says-case-on-the-way = ставите успут корак case, record или queue, или напишите зашто није потребан: no_case = "..."
says-way = { $nodes }
says-nodes-of-the-way = наведите кораке кроз које позив пролази
says-unknown-move = „{ $word }“ није оно што позивалац може; може тастере (0-9 * # A-D), { $words }
says-too-many-moves = Више од { $most } потеза
says-keys-with-commas = пишите тастере један по један, са зарезима: "1,2,timeout"
says-test-failed = Проба „{ $name }“: { $why }
says-leads-elsewhere = број „{ $number }“ не води у овај ток
says-another-way = позив иде другим путем
says-never-asked = ток није ни затражио { $moves }
says-expected-way = очекивано: { $way }
says-walked-way = пређено: { $way }
says-heard = чује се: { $prompts } ({ $language })
says-beep = звучни знак, снимање
says-waits-in = чека у реду { $queue }
says-leaves-queue = излази из реда
says-asks-callback = тражи повратни позив на { $number }
says-this-number = број са ког зове
says-rings = звони: { $target }
says-the-operator = оператер { $extension }
says-the-department = служба { $key }
says-enters-conference = улази у конференцију { $room }
says-asks-for-case = пита за предмет { $number }
says-answers = одговара { $answer } на { $question }
says-plan-hangs-up = ток прекида везу
says-no-callback = повратни позив није могућ
says-callback-noted = повратни позив је забележен
says-no-key-for = { $seconds } s без тастера
says-presses = позивалац притиска { $key }
says-recording-fails = снимање не успева
says-says-nothing = позивалац не говори ништа
says-spoke = позивалац говори { $seconds } s и притиска #
says-nobody-answered = { $seconds } s се нико не јавља
says-nobody-serves = у реду нема оператера
says-queue-full = ред је пун
says-talk-over = разговор је завршен
says-busy = заузето
says-no-answer = нико се не јавља
says-not-reached = није доступно
says-somebody-answers = неко се јавља
says-other-side-left = после { $seconds } s друга страна прекида везу
says-case-found = предмет је пронађен
says-no-such-case = нема таквог предмета
says-caller-hangs-up = позивалац прекида везу
says-working-hours = радно време
says-holiday = празник: { $name }
says-out-of-hours = ван радног времена
says-case-in = предмет врсте { $category }
says-text-to-caller = порука позиваоцу: { $template }
says-language-from-here = језик одавде: { $language }
says-goes-elsewhere = наставља на другом месту
says-becomes-case-in = предмет врсте { $category }
says-becomes-answered = предмет позива на који је одговорено
says-becomes-voicemail = предмет говорне поруке
says-becomes-callback = предмет позиваоца коме се узвраћа позив
says-becomes-entry = запис у предмету за који је питано
says-becomes-missed = предмет пропуштеног позива
says-with-recording = { $case }, са снимком од { $seconds } s

# Case work
entry-channel = Утврђена је друга врста контакта

# Питања категорија и одговори
answers = Подаци о пријави
answers-change = Измени податке
answers-give = Унесите податке
answers-missing = { $count ->
    [one] Недостаје { $count } обавезан податак.
    [few] Недостају { $count } обавезна податка.
   *[other] Недостаје { $count } обавезних података.
}
answers-none-asked = За ову категорију се ништа додатно не пита.
answers-stale = Неко је у међувремену изменио предмет. Проверите податке и сачувајте их поново.
answers-wrong = Подаци нису сачувани. Исправите означена поља.
entry-answers = Подаци о пријави
no = Не
question-choose = Изаберите
question-optional = није обавезно
question-unknown = Није познато
question-wrong-missing = Ово поље је обавезно.
question-wrong-no-choice = Изаберите један од понуђених одговора.
question-wrong-no-date = Унесите датум, на пример 23.11.2026.
question-wrong-no-number = Унесите број, на пример 12 или 3,5.
question-wrong-too-long = Одговор је предугачак. Опширнији опис унесите у белешку.
yes = Да
# Ток предмета и обавештавање грађана
outcome = Исход
outcome-resolved = решено
outcome-unfounded = неосновано
outcome-not-competent = ненадлежност
outcome-duplicate = дупликат
outcome-withdrawn = одустанак подносиоца
told = Обавештење грађанину
told-no = исхода још нема
told-telling = обавештење је послато, чека се потврда
told-told = грађанин је обавештен
told-failed = грађанина треба обавестити лично
told-impossible = грађанина није могуће обавестити
entry-answered = Одговорено: { $outcome }
entry-answered-silent = Без обавештења грађанину.
entry-reopened = Предмет је поново отворен
entry-forwarded = Прослеђено
entry-sent-back = Враћено: { $to }
entry-place = Место проблема
entry-replied = Порука грађанину
entry-watched = Предмет прати { $who }
entry-unwatched = Предмет више не прати { $who }
notice-outcome-telling = Исход се шаље грађанину
notice-outcome-told = Грађанин је обавештен о исходу
notice-outcome-presumed = Грађанин је обавештен о исходу (порука није враћена)
notice-outcome-failed = Исход није стигао до грађанина
notice-outcome-by-hand = Грађанин је лично обавештен о исходу
notice-outcome-impossible = Грађанин није обавештен о исходу
notice-outcome-overtaken = Обавештење о исходу је повучено
notice-reply-telling = Порука се шаље грађанину
notice-reply-told = Порука је стигла до грађанина
notice-reply-presumed = Порука је стигла до грађанина (није враћена)
notice-reply-failed = Порука није стигла до грађанина
notice-reply-by-hand = Порука је лично пренета грађанину
notice-reply-impossible = Порука није послата
notice-reply-overtaken = Порука је повучена
notice-receipt-telling = Потврда пријема се шаље грађанину
notice-receipt-told = Потврда пријема је стигла до грађанина
notice-receipt-presumed = Потврда пријема је стигла до грађанина (није враћена)
notice-receipt-failed = Потврда пријема није стигла до грађанина
notice-receipt-by-hand = Грађанину је лично потврђен пријем
notice-receipt-impossible = Потврда пријема није послата
notice-receipt-overtaken = Потврда пријема је повучена
notice-follower-telling = Исход се шаље и ономе ко прати предмет
notice-follower-told = О исходу је обавештен и онај ко прати предмет
notice-follower-presumed = О исходу је обавештен и онај ко прати предмет (порука није враћена)
notice-follower-failed = Исход није стигао до онога ко прати предмет
notice-follower-by-hand = Онај ко прати предмет лично је обавештен
notice-follower-impossible = Онога ко прати предмет није могуће обавестити
notice-follower-overtaken = Обавештење ономе ко прати предмет је повучено
notice-why-post = жели писмо поштом
notice-why-asked = не жели да буде обавештен
notice-why-no-address = није познат ниједан број ни адреса
notice-why-no-channel = нема броја за СМС ни адресе на коју се може послати порука
notice-why-no-receipt = потврда о испоруци није стигла на време
notice-why-same-person = исти грађанин, обавештен је преко предмета са којим је овај спојен
notice-why-unsent = порука није могла да буде послата на време
way-sms = СМС
way-email = имејл
by-hand-phone = телефоном
by-hand-post = поштом
by-hand-counter = на шалтеру
by-hand-visit = на терену
refused-status = Предмет који је „{ $status }“ не може овим путем даље.
refused-not-told = Предмет се не може затворити док грађанин не буде обавештен о исходу.
refused-merged = Предмет је спојен са другим и на њему се више не ради.
refused-never-forwarded = Предмет нико није проследио, па нема коме да се врати.

# Deadlines
nav-deadlines = Рокови
nav-calendar = Радни календар
nav-tasks = Чека на мене
deadlines = Рокови
deadlines-over = Окончани рокови
deadlines-hint = Сваки предмет добија рокове који важе за све предмете и онај који је изабран за његову категорију. Рокови који већ теку остају онакви какви су почели. Нерадни дани су у радном календару:
deadline-why = Зашто тада?
deadline-due-title = Рок:
deadline-was-due = Рок:
deadline-ended = окончан:
deadline-pause = Заустави рок
deadline-pause-reason = Због чега
deadline-resume = Рок поново тече
deadline-extend = Продужи рок
deadline-extend-by = За колико (највише { $most })
deadline-words = Образложење
deadline-state-running = тече
deadline-state-paused = рок стоји
deadline-state-met = испуњен
deadline-state-missed = испуњен са закашњењем
deadline-state-dropped = више не важи
deadline-new = Нови рок
deadline-key = Ознака
deadline-key-hint = Мала слова латинице, цифре и цртица. Касније се не мења.
deadline-name-sr = Назив, ћирилицом
deadline-name-en = Назив, на енглеском
deadline-source = Основ
deadline-source-hint = Закон, члан, одлука. Наводи се у образложењу рока.
deadline-everywhere = Важи за све предмете чија категорија нема свој рок за исту сврху
deadline-everywhere-short = сви предмети
deadline-active = Нови предмети га добијају
deadline-inactive = Нови предмети га не добијају.
deadline-nowhere = Није изабран ни за једну категорију.
deadline-applies = Важи за:
deadline-group-name = Назив и примена
deadline-group-count = Како се рачуна
deadline-group-told = Ко се обавештава
deadline-goal = Шта мора да буде учињено
deadline-amount = Колико
deadline-unit = Чега
deadline-begin = Од када се рачуна
deadline-last-day = Ако последњи дан није радни
deadline-extendable = Може да се продужи за највише
deadline-extendable-hint = У истој јединици. Празно: не може да се продужи.
deadline-warn = Подсетник, сати пре истека
deadline-warn-hint = Добија га ко ради на предмету, а ако нема никога, служба. Празно: без подсетника.
deadline-steps-hint = Даље обавештавање, корак по корак. Проценат је део протеклог рока.
deadline-step = Корак
deadline-step-amount = Број сати или проценат
deadline-step-when = Када
deadline-step-to = Коме
deadline-step-none = нема корака
deadline-preview = Прикажи
deadline-preview-at = Када би предмет стигао
deadline-would-be = Рок би истекао:
deadline-endless = У радном календару нема радног дана, па рок не може да се израчуна.
deadline-no-preview = Рок ће се приказати кад сва поља буду исправна.
deadline-save = Сачувај рок
deadline-save-hint = Промена важи за предмете који тек стигну.
deadline-categories = Рокови по категоријама
deadline-categories-hint = Категорија без свог рока има рок категорије изнад ње.
deadline-category-none = без посебног рока
deadline-categories-save = Сачувај
deadline-wrong-key = Ознака је заузета или садржи недозвољене знакове.
deadline-wrong-name = Назив је обавезан на оба језика и има највише 120 знакова.
deadline-wrong-source = Основ има највише 120 знакова.
deadline-wrong-amount = Колико: цео број већи од нуле, највише три године.
deadline-wrong-extend-by = Продужење: цео број већи од нуле, или празно.
deadline-wrong-warn-hours = Подсетник: цео број сати већи од нуле, или празно.
deadline-wrong-escalation = Сваки корак обавештавања има број: проценат од 1 до 99 или број сати.
goal-first-answer = први одговор грађанину
goal-outcome = исход предмета
unit-working-day-hours = сати у радним данима
unit-hours = сати, без прекида
unit-days = календарских дана
unit-working-days = радних дана
unit-months = месеци
begin-intake = од пријема
begin-opening = од пријема, а ван радног времена од почетка рада
last-day-moves = истиче првог наредног радног дана
last-day-stays = истиче тог дана
when-share = % протеклог рока
when-before = сати пре истека
when-after = сати после истека
addressee-assignee = ко ради на предмету
addressee-service = служба
addressee-supervisors = надзорници
pause-citizen = чека се грађанин
pause-institution = чека се друга установа
pause-prior-question = чека се одлука о претходном питању
pause-weather = временске прилике
pause-other = други разлог
amount-working-day-hours = { $count ->
    [one] { $count } сат у радним данима
    [few] { $count } сата у радним данима
   *[other] { $count } сати у радним данима
}
amount-hours = { $count ->
    [one] { $count } сат
    [few] { $count } сата
   *[other] { $count } сати
}
amount-days = { $count ->
    [one] { $count } дан
    [few] { $count } дана
   *[other] { $count } дана
}
amount-working-days = { $count ->
    [one] { $count } радни дан
    [few] { $count } радна дана
   *[other] { $count } радних дана
}
amount-months = { $count ->
    [one] { $count } месец
    [few] { $count } месеца
   *[other] { $count } месеци
}
amount-hours-minutes = { $hours } ч { $minutes } мин
step-received = Рачуна се од { $at }.
step-begins-at = Стигло је ван радног времена, па рок почиње кад канцеларија почне да ради: { $at }.
step-rule = Рок је { $amount } ({ $source }).
step-rule-plain = Рок је { $amount }.
step-extended = Продужен је за { $by }, па укупно износи { $total }.
step-first-day = Дан догађаја се не рачуна: први дан рока је { $date }
step-not-counted = Нерадни дани се не рачунају: { $days }.
step-paused = Рок није текао од { $from } до { $to } ({ $reason }): { $lost }.
step-clock-changed = Због померања часовника дан { $date } има { $hours } ч.
step-no-such-day = Тај месец нема { $number }. дан, па је последњи дан рока { $date }
step-moved = Последњи дан рока је нерадан: { $days }. Рок истиче првог наредног радног дана.
step-due-day = Рок истиче крајем дана { $date }
step-due-moment = Рок истиче { $at }.
due-filter = По року
dues-overdue = Касне
dues-today = Данас
dues-soon = Наредна 3 дана
due-today = данас до { $time }
due-today-whole = до краја дана
due-until = до { $at }
due-late-now = рок је истекао
due-late-hours = { $count ->
    [one] касни { $count } сат
    [few] касни { $count } сата
   *[other] касни { $count } сати
}
due-late-days = { $count ->
    [one] касни { $count } дан
    [few] касни { $count } дана
   *[other] касни { $count } дана
}
entry-deadline-due = { $profile }: { $due }
entry-deadline-set = Почео је рок
entry-deadline-moved = Рок је померен јер је промењен радни календар
entry-deadline-paused = Рок је заустављен: { $reason }
entry-deadline-resumed = Рок поново тече
entry-deadline-extended = Рок је продужен до { $due }
entry-deadline-met = Рок је испуњен
entry-deadline-late = Испуњено, али после рока
entry-deadline-missed = Рок је истекао
entry-deadline-dropped = Рок више не важи
entry-told-deadline-near = Подсетник да рок истиче
entry-told-deadline-missed = Обавештење да је рок истекао
entry-told-tell-citizen = Затражено да се грађанин лично обавести
entry-told-watched = Јављено онима који прате предмет
entry-told-escalated = Прослеђено вишем нивоу због рока
task-deadline-near = Рок ускоро истиче
task-deadline-missed = Рок је истекао
task-escalated = Прослеђено Вама због рока
task-finish = Прегледано
tasks-none = Ништа не чека на Вас.
tasks-cases = Моји предмети по року
tasks-cases-none = Ниједан Ваш предмет нема рок који тече.
calendar-hint = По радном календару се рачунају сви рокови. После сваке промене рокови који теку рачунају се изнова, а на предмету остаје забележено ако је рок померен.
calendar-week = Радна недеља
calendar-closed = не ради се
calendar-hours-hint = На пример 07:30-15:30; двократно радно време раздвојите зарезом. Празно: тог дана се не ради.
calendar-holidays-count = Државни и верски празници су нерадни
calendar-save = Сачувај радну недељу
calendar-save-hint = Празнике који падну у недељу програм сам преноси.
calendar-own = Посебни дани
calendar-own-none = Нема посебних дана.
calendar-add = Додај дан
calendar-date = Датум
calendar-why = Повод
calendar-why-example = слава општине, спајање празника
calendar-day-hours = Радно време тог дана
calendar-day-hours-hint = Празно: тог дана се не ради. Са радним временом: радна субота или скраћен дан.
calendar-remove = Уклони
calendar-holidays = Празници
calendar-hours-wrong = „{ $hours }“ није радно време. Пишите га овако: 07:30-15:30.
calendar-week-wrong = Бар један дан у недељи мора да буде радни, а времена истог дана не смеју да се преклапају.
calendar-date-wrong = Изаберите датум.
calendar-day-wrong = Дан када се не ради мора да има повод, а времена не смеју да се преклапају.


# e-mail
system-mails = Електронска пошта
system-no-mails = Ниједно поштанско сандуче није подешено.
entry-mail = Е-пошта: { $sender }
entry-mail-receipt = Потврда пријема послата е-поштом: { $to }
entry-mail-reply = Е-пошта за { $to }
entry-mail-forward = Прослеђено е-поштом: { $to }
entry-mail-notice = Обавештење послато е-поштом: { $to }
entry-mail-points-at = Порука се позива на предмет { $number }
entry-mail-points-at-why = Пошиљалац није странка у том предмету, па је отворен овај предмет.
entry-mail-left-out = { $count ->
    [one] { $count } датотека је само у поштанском сандучету.
    [few] { $count } датотеке су само у поштанском сандучету.
   *[other] { $count } датотека је само у поштанском сандучету.
  }
mail-rest = Цитирана порука и потпис
mail-kind-ordinary = Обична порука.
mail-kind-bulk = Послато аутоматски или већем броју прималаца.
mail-kind-auto-reply = Аутоматски одговор.
mail-kind-too-big = Превелика да би била преузета: налази се у поштанском сандучету.
mail-kind-unreadable = Није могла да се прочита: налази се у поштанском сандучету.
mail-state-queued = Чека слање
mail-state-sending = Шаље се
mail-state-accepted = Сервер за пошту је преузео поруку
mail-state-delivered = Испоручено
mail-state-presumed = Сматра се испорученим: порука није враћена
mail-state-expired = Није послато: ниједан сервер није на време преузео поруку
mail-state-rejected = Сервер за пошту је одбио поруку
mail-state-undeliverable = Враћено као неиспоручиво
mail-state-uncertain = Није извесно да ли је послато
delivery-presumed = Сматра се испорученим

# Шифарници: службе, категорије, подручја
area-add = Додај подручје
area-remove = Уклони подручје
area-remove-hint = Предмети остају какви јесу. Категорије губе службе које су одређене посебно за ово подручје.
area-streets = Улице и места
area-streets-count = { $count ->
    [one] { $count } улица
    [few] { $count } улице
   *[other] { $count } улица
}
area-streets-hint = Једна улица у реду. Ако подручју припада само део улице, иза тачке и зареза стоје бројеви: „Кнеза Милоша; 1-40“, „Нова; 46-“, „Стара; 2-44 парни“.
areas-example = Центар; Душанова;
areas-hint = Подручја су месне заједнице, насеља или квартови. По адреси из пријаве се зна у ком подручју је проблем, а категорија може за подручје имати посебну службу.
areas-import = Увези табелу
areas-none = Још нема ниједног подручја.
areas-table = Табела
areas-table-hint = У сваком реду: подручје; улица; бројеви. Подручја која су у табели добијају тачно улице из табеле, остала се не мењају.
areas-unreadable = Ред { $line } се не може прочитати: „{ $words }“. Ништа није сачувано.
catalogue-areas = Подручја
catalogue-categories = Категорије
catalogue-circle = Ништа не може да стоји само испод себе. Изаберите друго место у стаблу.
catalogue-find = Пронађи
catalogue-in-plans = Није могуће: користе га говорни планови { $plans }. Прво га уклоните из њих.
catalogue-indispensable = Ова категорија је неопходна: у њу иду пријаве о којима се још ништа не зна.
catalogue-key = Кључ
catalogue-key-hint = Мала слова латинице, цифре, - и _. Касније се не мења. Ако га не унесете, прави се од назива.
catalogue-name-en = Назив на енглеском
catalogue-name-en-hint = Није обавезно. Без њега се приказује српски назив.
catalogue-name-sr = Назив на српском
catalogue-needed = Није могуће јер од тога зависе: { $names }. Прво промените њих.
catalogue-nothing-found = Ништа није пронађено.
catalogue-parent = Припада
catalogue-place = Редослед
catalogue-place-hint = Мањи број је више на списку.
catalogue-retired = повучено
catalogue-search = Претрага по називу или кључу
catalogue-services = Службе и институције
catalogue-taken = Кључ „{ $key }“ већ постоји. Унесите други.
catalogue-too-deep = Стабло може имати највише { $levels } нивоа.
catalogue-too-many = Већ их има { $most }, више није могуће.
catalogue-top = – на врху –
catalogue-wrong-class = Класификациони знак се састоји од цифара, на пример 352 или 400-1.
catalogue-wrong-deadline-profile = Изаберите један од понуђених рокова.
catalogue-wrong-department = Изаберите службу која ради.
catalogue-wrong-email = Адреса е-поште није исправна.
catalogue-wrong-key = Кључ се састоји од малих слова латинице, цифара, - и _.
catalogue-wrong-kind = Врста питања се не може мењати, јер би одговори изгубили смисао. Повуците питање и додајте ново.
catalogue-wrong-name-en = Назив на енглеском је предугачак.
catalogue-wrong-name-sr = Унесите назив на српском, највише 120 знакова.
catalogue-wrong-options = Избор има бар два различита одговора, сваки са називом на српском.
catalogue-wrong-parent = То место у стаблу више не постоји.
catalogue-wrong-route = Подручје може имати само једну службу, и то ону која ради.
catalogue-wrong-streets = Превише улица за једну општину.
category-active = У употреби
category-add = Додај категорију
category-class = Класификациони знак
category-class-hint = Стоји на почетку броја предмета.
category-deadline = Рок
category-deadline-above = Као категорија изнад
category-department = Надлежна служба
category-department-above = Као категорија изнад
category-names = Назив и место
category-no-areas = Службе по подручјима се одређују када постоје подручја.
category-questions = Додатна питања
category-questions-count = { $count ->
    [one] { $count } питање
    [few] { $count } питања
   *[other] { $count } питања
}
category-questions-hint = Питају се при пријему, уз питања категорија изнад. Повучено питање се више не поставља, а дати одговори остају.
category-route-area = Подручје
category-route-service = Служба
category-routes = Друга служба у појединим подручјима
category-routes-count = { $count ->
    [one] { $count } подручје посебно
    [few] { $count } подручја посебно
   *[other] { $count } подручја посебно
}
category-routes-hint = Ако је адреса проблема у том подручју, предмет добија ту службу.
category-who = Ко решава
department-kind = Врста
department-kind-institution = институција
department-kind-service = служба општине
houses-even = парни
houses-odd = непарни
nav-catalogue = Шифарници
question = Питање
question-active = Поставља се
question-add = Додај питање
question-kind = Врста одговора
question-kind-choice = избор из списка
question-kind-date = датум
question-kind-hint = Касније се не мења.
question-kind-number = број
question-kind-text = текст
question-kind-yes-no = да или не
question-must = Одговор је обавезан
question-options = Понуђени одговори (само за избор)
question-options-hint = Испразните назив да бисте одговор повукли. Редослед је као овде.
question-preview = Овако изгледа у обрасцу
question-required = обавезно
service-active = Ради
service-active-hint = Служба која више не ради остаје на старим предметима, а нове не добија.
service-add = Додај службу
service-categories = Категорије које воде овде
service-email = Е-пошта
service-email-hint = На њу се шаљу предмети прослеђени институцији.
service-no-categories = Ниједна категорија не води овде.
service-nobody = Овде још нико не ради у програму.
service-people = Ко овде ради
service-people-count = { $count ->
    [one] { $count } службеник
    [few] { $count } службеника
   *[other] { $count } службеника
}
trial = Проба
trial-by-name = Подручје: { $area } (препознато по називу).
trial-by-street = Подручје: { $area } (улица { $street }{ $house }).
trial-example = Душанова 12
trial-goes-by-area = Предмет би добила служба „{ $service }“, јер је тако за то подручје одређено у категорији „{ $category }“.
trial-goes-by-category = Предмет би добила служба „{ $service }“, јер је тако одређено у категорији „{ $category }“.
trial-goes-nowhere = Предмет не би добио службу: ни ова категорија ни оне изнад немају службу која ради.
trial-no-area = У овом опису места није препознато ниједно подручје.
trial-place = Место проблема
trial-try = Коме би отишло?
# Фајлови, пријем, потврда, праћење
channel-visit = На шалтеру
files = Прилози
files-none = Још нема прилога.
files-add = Додајте прилоге
files-hint = PDF, слике и документа, до { $mb } MB сваки. Скривени подаци слика (место, уређај) се уклањају.
files-save = Додај у предмет
file-public = Грађанин их може видети
file-internal = Интерно
file-save = Преузми
file-save-named = Преузми { $name }
file-remove = Уклони
file-remove-why = Разлог уклањања
file-take-away = Уклони
file-progress = Слање
file-failed = Прилог није примљен. Покушајте поново.
file-too-large = Веће од { $mb } MB.
file-refused = „{ $name }” није примљен: то је програм или садржи програм.
file-mismatch = Садржај не одговара називу.
file-locked = Закључано:
error-too-large = Превелико
error-dangerous = Прилог није примљен
danger-program = то је програм.
danger-script = то је скрипта.
danger-runs-by-name = рачунари покрећу датотеке тог назива.
danger-macros = документ са макроима.
danger-in-archive = архива која садржи програм.
file-kind-unknown = Датотека
file-kind-text = Текст
file-kind-old-office = Канцеларијски документ
file-kind-program = Програм
file-kind-script = Скрипта
entry-file = Додат прилог
entry-file-removed = Уклоњен прилог: { $name }
entry-described = Речима грађанина
entry-document = Примљен поднесак
entry-follower = Додат пратилац
document-pages = Број страна
document-dated = Датум на поднеску
document-reference = Број или ознака пошиљаоца
document-handed-in = Начин предаје
document-of-pages = { $count ->
    [one] { $count } страна
    [few] { $count } стране
   *[other] { $count } страна
}
document-of-date = датум на поднеску: { $date }
document-of-reference = ознака пошиљаоца: { $reference }
handed-in-hand = предато лично
handed-in-post = приспело поштом
problem-missing = Ово је потребно.
problem-too-long = Ово је предугачко.
problem-not-a-number = Упишите број.
problem-not-a-date = Упишите датум.
problem-not-a-choice = Изаберите једну могућност.
problem-not-a-phone = Ово није телефонски број.
problem-not-an-email = Ово није адреса електронске поште.
problem-unreachable = За ово је потребан број или адреса.
problem-in-the-future = Датум је у будућности.
intake = Нови предмет
intake-open = Нови предмет
intake-wrong = Још није заведено. Исправите означена поља; ништа од унетог није изгубљено.
intake-how = Како је приспело
intake-who = Подносилац
intake-anonymous = Анонимно: подносилац не жели да се представи
intake-known = Познати подносиоци:
intake-nobody-known = Нико познат по овоме; биће уписан нови подносилац.
intake-chosen = Изабрано:
intake-other-person = Неко други
intake-what = О чему је реч
intake-choose = Изаберите
intake-questions = Прикажи питања за категорију
intake-place = Место проблема
intake-words = Речима грађанина
intake-told = Како подносилац жели да буде обавештен
intake-tell-by = Канал
intake-language = Писмо и језик
intake-as-before = Као до сада
intake-save = Заведи
person-phone = Телефон
person-email = Електронска пошта
person-address = Адреса
similar = Отворени предмети који су можда о истом:
similar-own = исти подносилац
similar-followers = { $count ->
    [one] { $count } пратилац
    [few] { $count } пратиоца
   *[other] { $count } пратилаца
}
similar-follow = Уместо новог предмета, додај подносиоца као пратиоца
slip-open = Штампај потврду
slip-registered = Заведено под бројем { $number }.
slip-to-case = На предмет
slip-next = Следећи предмет
slip-roll = За траку од 80 mm
slip-a5 = За А5
slip-print = Штампај
slip-title = Потврда о пријему
slip-when = Примљено
slip-due = Рок за одговор
slip-qr = Код који води до стања предмета
slip-follow = Пратите предмет помоћу броја и ПИН-а:
slip-ask = О стању предмета се обавестите телефоном, уз број предмета и ПИН.
follow = Праћење предмета
follow-number = Број предмета
follow-show = Прикажи
follow-another = Други предмет
follow-wrong = Нема предмета са овим бројем и ПИН-ом, или је закључан после превише покушаја. Покушајте поново за један сат.
follow-too-many = Превише покушаја. Сачекајте минут.
follow-hint = Број и ПИН су на потврди или у поруци коју сте добили када је предмет заведен.
follow-call = Ваш позив
follow-text = Ваша порука
follow-mail = Ваша е-пошта
follow-reply = Наша порука Вама

# Вебхукови: други програми који се обавештавају
webhook-active = Шаље се
webhook-add = Додај вебхук
webhook-again = Пошаљи поново
webhook-bad-credentials = Корисничко име и лозинка не стоје у адреси.
webhook-bad-form = Адреса треба да буде облика https://име/путања.
webhook-bad-plain = Дозвољен је само https, јер би иначе свако успут могао да чита.
webhook-bad-private = Адресе унутрашње мреже нису дозвољене. Ако је потребно, дозволите их у odziv.toml, одељак [webhooks].
webhook-do = Радње
webhook-event-case-answered = предмет је решен
webhook-event-case-changed = предмет је измењен
webhook-event-case-closed = предмет је затворен
webhook-event-case-opened = предмет је отворен
webhook-event-case-reopened = предмет је поново отворен
webhook-event-contact-added = грађанин се поново јавио
webhook-event-message-delivered = порука је испоручена
webhook-event-message-failed = порука није испоручена
webhook-event-test = проба
webhook-events = О чему се обавештава
webhook-failing = Ништа није прихваћено од { $since }. Покушава се поново, све ређе, до три дана.
webhook-log = Дневник слања
webhook-log-body = Садржај
webhook-log-empty = Још ништа није послато.
webhook-log-event = Догађај
webhook-log-last = Последњи одговор
webhook-log-next = Следећи покушај:
webhook-log-older = Старије
webhook-log-state = Стање
webhook-log-when = Када
webhook-no-event = Изаберите бар један догађај.
webhook-remove = Уклони вебхук
webhook-remove-hint = Са њим нестаје и дневник слања. Што још чека, неће бити послато.
webhook-renew = Направи нову тајну
webhook-rests-gone = Не шаље се: друга страна је јавила да више не жели обавештења (410).
webhook-rests-stopped = Не шаље се: искључио га је администратор.
webhook-rests-unreachable = Не шаље се: три дана ништа није прихваћено. Проверите адресу и укључите га поново.
webhook-secret = Тајна за проверу потписа
webhook-secret-once = Приказује се само сада. Унесите је у програм који прима обавештења.
webhook-signature = Потпис је по спецификацији Standard Webhooks: заглавља webhook-id, webhook-timestamp и webhook-signature.
webhook-state-delivered = испоручено
webhook-state-failed = није успело
webhook-state-queued = чека
webhook-test = Пошаљи пробу
webhook-tries = { $count ->
    [one] { $count } покушај
    [few] { $count } покушаја
   *[other] { $count } покушаја
}
webhook-url = Адреса
webhook-waiting = { $count ->
    [one] { $count } чека
    [few] { $count } чекају
   *[other] { $count } чека
}
webhooks = Вебхукови
webhooks-hint = Други програм добија HTTP обавештење чим се нешто догоди са предметом. У обавештењу нема имена, бројева ни речи грађана.
webhooks-none = Још нема ниједног вебхука.
# Audit
nav-audit = Дневник радњи
audit-hint = Ко је шта урадио, с чиме и када. Сваки запис је везан за претходни, па се не може неприметно изменити, уклонити ни уметнути.
audit-number = Број
audit-when = Када
audit-by = Ко
audit-deed = Радња
audit-of = Предмет радње
audit-detail = Појединости
audit-anybody = било ко
audit-anything = било шта
audit-subject-id = Број или ознака
audit-from = Од дана
audit-until = До дана
audit-show = Прикажи
audit-clear = Поништи услове
audit-export = Преузми CSV
audit-none = Нема таквих записа.
audit-older = Старији записи
audit-erased = обрисано
audit-head = Крај дневника
audit-head-hint = Препишите овај ред и чувајте га ван система: наредба odziv audit verify --end њиме доказује да каснији записи нису одсечени.
audit-what-case-changed = Измењен предмет
audit-what-case-viewed = Отворен предмет
audit-what-case-followed = Упит о предмету уз ПИН
audit-what-case-rebuilt = Предмет поново изграђен из хронологије
audit-what-person-viewed = Отворен картон грађанина
audit-what-person-changed = Измењен картон грађанина
audit-what-person-merged = Спојени картони грађана
audit-what-person-reported = Издат извештај о подацима о личности
audit-what-person-erased = Обрисани подаци о личности
audit-what-recording-heard = Преслушан снимак
audit-what-file-fetched = Преузет прилог
audit-what-exported = Извезен списак
audit-what-logged-in = Пријава
audit-what-login-failed = Неуспела пријава
audit-what-logged-out = Одјава
audit-what-sessions-ended = Прекинуте сесије
audit-what-user-added = Додат корисник
audit-what-user-changed = Измењен корисник
audit-what-password-set = Промењена лозинка
audit-what-second-factor-changed = Измењен други чинилац пријаве
audit-what-rights-changed = Измењена права
audit-what-phone-added = Додат телефон
audit-what-phone-revoked = Опозван телефон
audit-what-extension-changed = Измењен локал
audit-what-queue-changed = Измењен ред чекања
audit-what-queue-removed = Уклоњен ред чекања
audit-what-pause-reason-changed = Измењен разлог паузе
audit-what-skills-changed = Измењене вештине оператера
audit-what-plan-changed = Измењен план позива
audit-what-token-added = Додат кључ за програме
audit-what-token-revoked = Опозван кључ за програме
audit-what-webhook-changed = Измењено обавештавање програма
audit-what-template-changed = Измењен образац поруке
audit-what-catalogue-changed = Измењен каталог
audit-what-calendar-changed = Измењен календар или рок
audit-what-retention-changed = Измењен рок чувања
audit-what-settings-changed = Измењена подешавања
audit-what-audit-read = Читан дневник радњи
audit-what-erased = Брисање садржаја
audit-what-sealed = Запечаћене хронологије
audit-subject-case = предмет
audit-subject-person = грађанин
audit-subject-user = корисник
audit-subject-role = улога
audit-subject-phone = телефон
audit-subject-recording = снимак
audit-subject-file = прилог
audit-subject-queue = ред чекања
audit-subject-pause-reason = разлог паузе
audit-subject-plan = план позива
audit-subject-token = кључ за програме
audit-subject-webhook = обавештавање програма
audit-subject-template = образац
audit-subject-category = категорија
audit-subject-department = служба
audit-subject-calendar = календар
audit-subject-deadline = рок
audit-subject-list = списак
audit-subject-settings = подешавања
audit-subject-erasure = брисање
audit-subject-timelines = хронологије
audit-subject-audit = дневник
audit-subject-login = пријава
audit-who-user = корисник
audit-who-token = кључ за програме
audit-who-program = сам програм
audit-who-unknown = непознато лице
entry-erased = Подаци о грађанима су обрисани
entry-was-erased = Обрисано

# Privacy
nav-retention = Рокови чувања
retention-hint = Колико дуго после последње измене затворени предмети чувају податке о грађанима и снимке позива. Сваке ноћи се брише оно чему је рок истекао; бројеви предмета и ток рада остају.
retention-due = Рок је сада истекао
retention-cases = предмета
retention-recordings = снимака
retention-requests = захтева за брисање
retention-rules = Правила по категоријама
retention-others = Све остале категорије
retention-keep = Подаци о грађанима (дана)
retention-sound = Снимци (дана)
retention-legal = Закон налаже чување (дана)
retention-basis = Правни основ
retention-add = Додај правило за категорију
retention-remove = Уклони правило
retention-wrong-days = Рокови су цели бројеви дана, највише сто година; снимци и законски рок нису дужи од самог предмета.
retention-wrong-basis = Уз законски рок се наводи правни основ.
report-title = Извештај о подацима о личности
report-made = сачињено
report-law = Овде је све што се о лицу чува, по члану 26. Закона о заштити података о личности.
report-print = Одштампај
report-json = Преузми JSON
report-person = Лице
report-name = Име
report-address = Адреса
report-contacts = Бројеви и адресе
report-since = Познато од
report-follows = Прати предмете
report-cut = Лице има још предмета; остатак даје преузимање по деловима.
erase-title = Брисање података о личности
erase-hint = Брише се све по чему се лице препознаје: име, бројеви, адресе, речи у хронологијама, поруке, прилози и снимци. Бројеви предмета, категорије и поступање служби остају. Брисање се не може опозвати.
erase-waits = Захтев од { $since } чека.
erase-would = Биће обрисано у предметима
erase-erased = Обрисано у предметима
erase-stays = За сада остаје
erase-open = предмет није затворен
erase-under-way = порука грађанину је на путу
erase-legal = закон налаже чување до { $until }: { $basis }
erase-reason = Разлог
erase-reason-hint = На пример: захтев број и датум, члан 30. ЗЗПЛ. Стоји у хронологији предмета.
erase-sure = Разумем да се ово не може опозвати
erase-carry-out = Обриши
erase-needs-reason = Наведите разлог, највише 500 знакова.
erase-done = Обрисано је све.
erase-partly = Обрисано је што је могло; остатак ће бити обрисан сам кад му истекне рок.
# Рад на предмету
help-reply = порука грађанину, одговор са исходом
help-steps = преузми у рад, проследи, прати
composer = Писање
composer-mode = Шта пишете
mode-note = Интерна белешка
mode-reply = Порука грађанину
mode-answer = Одговор са исходом
editing = Управо пише: { $who }
draft-kept = нацрт је сачуван
reply-words = Порука грађанину
reply-placeholder = Питање или новост за грађанина
reply-way = Канал
reply-way-chosen = како је грађанин изабрао
reply-seen = Ово чита грађанин.
reply-send = Пошаљи поруку
answer-words = Одговор грађанину
answer-placeholder = Шта је урађено и шта грађанин треба да зна
answer-silence = Без обавештења грађанину
answer-silence-why = Разлог
answer-note = Интерна белешка уз одговор
answer-seen = Одговор се шаље грађанину, а предмет се затвара када га прими.
answer-send = Одговори
step-take-up = Преузми у рад
step-put-back = Врати на чекање
step-forward = Проследи
step-send-back = Врати пошиљаоцу
step-close = Затвори
step-reopen = Отвори поново
watch = Прати
unwatch = Не прати више
watchers = Прате
task = Задатак
task-what = Обавестите грађанина лично.
task-how = Како је обавештен
task-impossible = није могуће обавестити
task-reason = Разлог, ако није могуће
task-done = Забележи
merged-into = Део предмета
part = Спојен
unmerge = Раздвоји
together = Повезани предмети
together-none = Предмет није повезан ни са једним другим.
link-case = Повежи
merge-case = Споји
unlink = Уклони везу
link-related = у вези са
link-follows = наставак предмета
link-duplicate-of = дупликат предмета
link-back-related = у вези са
link-back-follows = има наставак
link-back-duplicate-of = има дупликат
entry-merged = Предмет је постао део предмета { $number }
entry-absorbed = Спојен предмет { $number }
entry-unmerged = Предмет је издвојен из предмета { $number }
entry-released = Издвојен предмет { $number }
entry-linked = Предмети су повезани
entry-unlinked = Веза је уклоњена
place = Место проблема
place-save = Сачувај
forward-title = Прослеђивање предмета
forward-to = Служба или установа
forward-note = Напомена за колеге (грађанин је не види)
return-title = Враћање ономе ко је проследио
reopen-title = Поновно отварање предмета
reopen-seen = Исход се брише, а разлог види и грађанин.
case-merge-title = Спајање са другим предметом
merge-what = Овај предмет постаје део другог и завршава се с њим. Могу се раздвојити у сваком тренутку.
link-title = Повезивање са другим предметом
link-kind = Веза
other-number = Број другог предмета
no-such-number = Нема предмета са бројем { $number }.
reason = Разлог
choose = Изаберите
task-tell-citizen = Обавестите грађанина лично
task-watched = Новост на предмету који пратите
watched-answered = одговорено
watched-reopened = поново отворен
watched-forwarded = прослеђен
watched-sent-back = враћен
watched-status-changed = затворен
watched-merged = спојен са другим предметом
watched-unmerged = раздвојен

# Промена више предмета
help-pick = изабери предмет на списку
bulk = Промена више предмета
bulk-pick = Изабери предмет
bulk-chosen = Изабрано:
bulk-change = Промени…
bulk-all = Изабери све са списка
bulk-none = Поништи избор
bulk-cut = Нађено је више од 500 предмета. Овде је првих 500; остали се мењају после њих.
bulk-action = Шта да се уради
bulk-words = Белешка
bulk-preview = Прегледај шта ће се десити
bulk-progress = Напредак
bulk-take-up = преузми у рад
bulk-put-back = врати на чекање
bulk-assign = додели
bulk-forward = проследи
bulk-classify = промени категорију
bulk-close = затвори
bulk-watch = прати
bulk-note = додај белешку
bulk-will = биће промењено
bulk-already = већ је тако
bulk-forbidden = немате право на то
bulk-done = промењено
bulk-conflict = неко је у међувремену изменио предмет, зато је остао како јесте
bulk-refused = није могуће
bulk-missing-action = Изаберите шта да се уради.
bulk-missing-assign = Изаберите корисника.
bulk-missing-forward = Изаберите службу или установу.
bulk-missing-classify = Изаберите категорију.
bulk-missing-note = Напишите белешку.
bulk-count = { $count ->
    [one] { $count } предмет
    [few] { $count } предмета
   *[other] { $count } предмета
  }
bulk-carry-out = { $count ->
    [one] Промени { $count } предмет
    [few] Промени { $count } предмета
   *[other] Промени { $count } предмета
  }
shown = Шта је приказано
shown-all = све
shown-public = јавно
shown-internal = интерно
shown-contact = контакти
shown-note = белешке
shown-change = промене




# Права и улоге
nav-rights = Права
right-read-cases = Читање предмета
right-listen-recordings = Преслушавање снимака
right-read-files = Отварање прилога
right-open-dangerous-files = Преузимање прилога који могу да се покрену
right-share-filters = Дељење сачуваних филтера
right-export = Извоз спискова
right-open-case = Отварање предмета за грађанина
right-add-note = Писање белешки
right-reply = Писање грађанину
right-change-status = Узимање у рад и враћање
right-answer = Одговор са исходом
right-close = Затварање
right-reopen = Поновно отварање
right-forward = Прослеђивање другој служби
right-return = Враћање ономе ко је проследио
right-assign = Додељивање
right-classify = Промена категорије
right-edit-facts = Промена места и других података
right-watch = Праћење
right-tell-by-hand = Белешка да је грађанин лично обавештен
right-add-follower = Додавање пратилаца
right-add-file = Додавање прилога
right-remove-file = Уклањање прилога
right-merge-cases = Спајање предмета
right-split-case = Раздвајање предмета
right-link-cases = Повезивање предмета
right-delete-case = Брисање предмета
right-manage-deadlines = Прекид и продужење рокова
right-change-in-bulk = Измена више предмета одједном
right-read-people = Читање картона грађана
right-edit-people = Измена картона грађана
right-merge-people = Спајање картона грађана
right-erase-people = Брисање података о грађанину и извештај о њима
right-read-audit = Читање ревизије
right-manage-templates = Шаблони и макрои
right-manage-catalogue = Службе, категорије и питања
right-manage-calendar = Календар и профили рокова
right-manage-rights = Права и улоге
right-manage-tokens = Жетони за API и веб-куке
right-manage-users = Корисници и њихови телефони
right-manage-settings = Подешавања и стање система
right-manage-dialplans = Токови позива
right-supervise = Надзор позива
right-manage-queues = Редови и оператери
right-read-board = Преглед позива уживо
subject-reading = Читање
subject-work = Рад на предмету
subject-citizens = Грађани
subject-cases = Више предмета
subject-calls = Позиви
subject-setup = Уређивање
subject-security = Безбедност
extent-all = Сви предмети
extent-own-service = Своја служба
extent-own-cases = Своји предмети
extent-no = Не
extent-custom = По посебним правилима
extent-general-all = Да
extent-general-no = Не
rights-hint = Свака колона је једна улога. За свако право бира се докле досеже: сви предмети, предмети корисникове службе и служби испод ње, само своји предмети (додељени кориснику или које је сам отворио) или ништа. Три тачкице отварају подробнија правила.
rights-why-link = Зашто неко нешто не сме?
rights-right = Право
rights-rules = Правила
rights-kept = Увек
rights-kept-why = Администратори ово право увек задржавају, да нико не би остао закључан.
rights-changes = Још није сачувано:
rights-leave = Има измена које нису сачуване.
rights-saved = Сачувано. Важи од следећег клика.
rights-stale = Неко је у међувремену изменио улоге или кориснике. Ништа није сачувано, а оно што сте изабрали и даље је означено. Прегледајте и сачувајте поново.
rights-invalid = Ништа није сачувано: једно од ових поља не може тако да се постави.
roles = Улоге
role-users =
    { $count ->
        [one] { $count } корисник
        [few] { $count } корисника
       *[other] { $count } корисника
    }
role-add = Додај улогу
role-name-sr = Назив на српском (ћирилицом)
role-name-en = Назив на енглеском
role-from = Са правима улоге
role-from-hint = Нова улога почиње као копија и исте је врсте посла.
role-second-factor = обавезан други чинилац
role-second-factor-ask = За пријаву је потребан други чинилац
role-remove = Уклони
role-invalid = Ништа није сачувано. Назив улоге има највише 60 знакова; улога коју неко има, или која је дошла са програмом, не може да се уклони.
rules-now = Шта сада важи
rules-none = Ниједно правило ово не дозвољава.
rules-hint = Свако правило нешто дозвољава или забрањује. Забрана је јача од сваке дозволе. Где ништа није означено, правило важи свуда и увек.
rules-invalid = Ништа није сачувано. Правило о изабраним службама мора да има бар једну службу.
rule-number = Правило { $number }
rule-effect = Шта правило чини
rule-effect-none = Ништа (нема правила)
rule-effect-allow = Дозвољава
rule-effect-refuse = Забрањује
rule-services = У којим службама
rule-services-all = У свим
rule-services-own = У корисниковој и онима испод ње
rule-services-named = У изабраним и онима испод њих
rule-services-which = Изабране службе
rule-states-which = Само у овим стањима (ништа означено: у сваком)
rule-own-ask = Само на својим предметима: додељеним кориснику или које је сам отворио
rule-allowed = Дозвољено: { $rule }
rule-refused = Забрањено: { $rule }
rule-all = у свим службама
rule-own-service = у својој служби и онима испод ње
rule-named = у службама { $names } и онима испод њих
rule-states = у стањима: { $names }
rule-own = само на својим предметима
why-title = Зашто неко нешто сме, или не сме?
why-who = Особа
why-what = Право
why-everything = Све
why-number = Број предмета
why-ask = Провери
why-whole = цела општина
why-case-service = Служба предмета
why-case-status = Стање предмета
why-case-assignee = Додељен
why-may = сме
why-may-not = не сме
why-remedies = Било би дозвољено кад би се променило једно од овога:
why-no-case = Таквог предмета нема, или не смете да га читате.
why-program = То сам ради програм.
why-kept = Администратор право „{ $right }“ увек задржава, да нико не би остао закључан.
why-allowed = Улога „{ $role }“ има право „{ $right }“.
why-allowed-by = Улога „{ $role }“ има право „{ $right }“: { $rule }.
why-refused = Улози „{ $role }“ изричито је забрањено право „{ $right }“.
why-refused-by = Улози „{ $role }“ изричито је забрањено право „{ $right }“: { $rule }.
why-missed = Улога „{ $role }“ има право „{ $right }“ само овако: { $rule }.
why-other-service = Овај предмет припада другој служби.
why-other-state = Овај предмет је у другом стању.
why-not-own = Овај предмет није додељен кориснику нити га је он отворио.
why-no-rule = Ниједно правило улоге „{ $role }“ не даје право „{ $right }“.
why-administrators-only = Налоге администратора мењају само администратори.
why-inactive = Налог је закључан.
why-unknown = Таквог налога или улоге више нема.
remedy-service = да се предмет проследи корисниковој служби, или да корисник пређе у службу предмета;
remedy-assign = да се предмет додели кориснику, ако улога има правило за своје предмете;
remedy-state = да предмет дође у једно од стања која правило наводи;
remedy-widen = да администратор прошири правило улоге.
remedy-refusal = да администратор уклони забрану;
remedy-give = да администратор улози да ово право;
remedy-role = да корисник добије другу улогу.
remedy-administrator = да то уради администратор.
remedy-unlock = да администратор откључа налог.
error-forbidden-why = Зашто?
case-why = Шта овде смем, и зашто?

# Жетони за API
nav-tokens = Приступни жетони
token-hint = Други програми приступају преко жетона. Жетон сме оно што сме његова улога; где је важно чији је предмет, поступа као његов власник, и престаје кад власник оде.
token-name = Назив
token-owner = Власник
token-nobody = нико
token-made = Направљен
token-until = Важи до
token-for-good = без краја
token-used = Последњи пут коришћен
token-never = никад
token-add = Додај жетон
token-days = Важи
token-days-30 = 30 дана
token-days-90 = 90 дана
token-days-365 = годину дана
token-days-none = без краја
token-revoke = Опозови
token-revoked = опозван
token-over = истекао
token-works = важи
token-secret = Ово је жетон. Приказује се само сада: одмах га препишите.
token-invalid = Није додато. Жетон има назив, улогу која није администраторска и активног власника или никога.
token-none = Нема жетона.
user-place = Улога и служба
user-rights = Права
user-lock = Закључај налог
user-unlock = Откључај налог
user-role-refused = Ништа није измењено. Нико не мења сопствену улогу, и један администратор остаје.

# Сопствени налог
account = Мој налог
account-saved = Сачувано.
account-rights = Шта смем, и зашто?
account-password = Лозинка
account-password-now = Садашња лозинка
account-password-again = Нова лозинка још једном
account-wrong-password = Садашња лозинка није тачна.
account-not-again = Нова лозинка није оба пута иста.
account-must-password = Вашу лозинку је изабрао неко други. Изаберите своју, па ћете моћи даље.
account-must-second-factor = Ваша улога захтева други чинилац. Подесите га, па ћете моћи даље.
account-codes-left =
    { $count ->
        [one] Преостао је { $count } резервни код.
        [few] Преостала су { $count } резервна кода.
       *[other] Преостало је { $count } резервних кодова.
    }
password-rules = Најмање 10 знакова, без вашег корисничког имена, и ниједна од оних које сви прво пробају: без низова тастера и понављања.
second-factor = Други чинилац
second-factor-set = При свакој пријави тражи се код из апликације.
second-factor-none = Уз други чинилац не улази нико ко зна само лозинку. Потребна је апликација за кодове на телефону.
second-factor-needed = Ваша улога га захтева.
second-factor-begin = Подеси
second-factor-remove = Уклони други чинилац
second-factor-code = Код из апликације, или резервни код
second-factor-first = Код који апликација сада показује
second-factor-confirm = Потврди
second-factor-scan = Скенирајте ово апликацијом за кодове, или кључ унесите руком:
second-factor-qr = QR код за апликацију
second-factor-wrong = То није садашњи код, или је већ употребљен.
second-factor-done = Други чинилац је подешен. Сачувајте ове кодове на папиру: сваки вас једном пушта унутра кад изгубите телефон. Приказују се само сада.
second-factor-kept = Сачувани су
second-factor-lost = Изгубљен телефон? Унесите један од резервних кодова, или се обратите администратору.
sessions = Где сте пријављени
session-this = овде
session-began = Од
session-seen = Последњи пут виђен
session-end = Одјави тамо
sessions-end-others = Одјави свуда осим овде
sessions-end-all = Прекини све пријаве

# Главни мени и тастатура
menu-more = Администрација
menu-work = Рад на предметима
menu-telephony = Телефонија
menu-access = Људи и права
menu-installation = Инсталација
help-menu = отвори мени
help-send = сачувај или пошаљи оно што пишете
help-leave = напусти поље, затвори мени или прозор
help-on = Пречице од једног слова су укључене
files-drop = или их превуците овде

# Parts of a case that the reader may not read.
parts-unread =
    { $count ->
        [one] Спојен је и { $count } предмет који немате право да читате. Из њега се овде ништа не приказује.
        [few] Спојена су и { $count } предмета која немате право да читате. Из њих се овде ништа не приказује.
       *[other] Спојено је и { $count } предмета која немате право да читате. Из њих се овде ништа не приказује.
    }
