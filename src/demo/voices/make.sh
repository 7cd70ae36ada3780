#!/usr/bin/env bash
# Makes the voices of the demo's citizens: short Serbian descriptions of problems, spoken by espeak-ng and narrowed to what
# a telephone carries. Every word is written out, because espeak-ng misreads abbreviations and ordinals.
# usage: ./make.sh   (Debian: apt-get install espeak-ng sox)
set -eu
cd "$(dirname "$0")"

# key (its category comes first) | voice | pitch | words
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
PHRASES
rm -f raw.wav
