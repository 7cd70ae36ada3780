#!/usr/bin/env bash
# Makes the voices of the demo: citizens who describe a problem and answer questions, and operators who ask them. Spoken by
# espeak-ng and narrowed to what a telephone carries. Every word is written out, because espeak-ng misreads abbreviations and
# ordinals.
# usage: ./make.sh   (Debian: apt-get install espeak-ng sox)
set -eu
cd "$(dirname "$0")"

# key | voice | pitch | words. The key of a problem begins with its category.
while IFS='|' read -r key voice pitch words; do
    espeak-ng -v "sr$voice" -p "$pitch" -s 165 -w "raw.wav" "$words"
    # The gain goes down before the band is limited, or samples clip; silence is trimmed at both ends.
    sox raw.wav -r 8000 -b 16 -c 1 "$key.wav" gain -6 sinc 200-3600 \
        silence 1 0.02 0.5% reverse silence 1 0.02 0.5% reverse gain -n -9
done <<'PHRASES'
water_burst||45|Добар дан. Пукла је цев у улици Вука Караџића, код броја седам. Вода тече већ сат времена.
water_none|+f3|55|Нема воде од јутрос у Јабланичкој улици. Молим вас, кажите када долази.
roads_hole|+m3|30|Велика рупа на путу у улици Светог Саве. Ауто ми је оштећен.
roads_light|+f2|60|Не ради улична расвета у улици Иве Андрића. Три сијалице су угашене.
waste_bins||50|Контејнери у Гундулићевој улици нису испражњени недељу дана.
waste_dump|+m7|40|Неко је направио дивљу депонију поред реке, иза старог млина.
heating_cold|+f4|52|Добро јутро. Грејање не ради, радијатори су хладни, а имам малу децу.
heating_noise|+m1|35|Из подстанице у нашој згради чује се страшна бука целу ноћ.
other_dogs|+f5|58|Чопор паса луталица испред основне школе. Деца се плаше.
other_tree|+m5|42|Велика грана виси изнад тротоара у Железничкој улици. Може да падне.
reply_address_f|+f4|54|Станујем у истој улици, број двадесет четири, други спрат.
reply_address_m|+m3|40|Ту је преко пута школе, одмах поред продавнице.
reply_thanks_f|+f4|54|Хвала вам лепо. До виђења.
reply_thanks_m|+m3|40|У реду, хвала. Пријатно.
desk_greeting_f|+f2|48|Контакт центар, добар дан. Изволите.
desk_greeting_m|+m1|45|Добар дан, контакт центар. Како могу да помогнем?
desk_where_f|+f2|48|Разумем. Реците ми, молим вас, где је то тачно?
desk_where_m|+m1|45|Бележим. На којој је то адреси?
desk_done_f|+f2|48|Хвала. Екипа је обавештена, а број предмета добијате поруком.
desk_done_m|+m1|45|Забележено је. Број предмета стиже вам поруком.
PHRASES
rm -f raw.wav
