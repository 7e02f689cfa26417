//! Firmware: a soil sensor that runs for a year on two cells.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "mossball",
    material: Material::Firmware,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["soil moisture", "firmware soil"]),
    ("for whom", &["allotment", "garden", "community garden"]),
    ("instead", &["ESPHome", "Tasmota"]),
    (
        "call: wake, measure",
        &["wakes measure", "wake probe", "power probe", "median readings"],
    ),
    (
        "call: send, sleep again",
        &[
            "sends LoRa sleep",
            "deep sleep",
            "packet sleep",
            "goes back sleep",
        ],
    ),
    (
        "structure",
        &[
            "reading moisture battery",
            "packet bytes",
            "reading millivolts",
            "moisture permille",
        ],
    ),
    (
        "LoRa instead of Wi-Fi",
        &["LoRa WiFi", "LoRa Wi-Fi", "LoRa instead", "LoRa because"],
    ),
    (
        "probe powered only while measuring",
        &["probe powered", "corrosion", "corrode", "electrolysis"],
    ),
    (
        "tests",
        &[
            "packet twelve bytes",
            "packet round",
            "median",
            "dry air",
            "without board",
        ],
    ),
    ("history", &["Tove Lind Ahmed Sayed"]),
    ("start", &["pio run", "platformio upload", "upload board"]),
    (
        "wiring, licence or caveat",
        &["GPIO", "GPL", "calibrate probe", "glass water"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2019-04-14", "Tove Lind", "blink"),
    ("2019-04-22", "Tove Lind", "read the probe"),
    ("2019-06-09", "Tove Lind", "send over LoRa"),
    ("2019-09-01", "Tove Lind", "deep sleep, 11 µA"),
    ("2020-05-17", "Tove Lind", "switch the probe off between readings"),
    ("2021-03-28", "J. Park", "fix brown-out on old batteries"),
    ("2022-04-10", "Ahmed Sayed", "median of nine readings"),
    ("2022-05-29", "Ahmed Sayed", "native tests for the packet"),
    ("2023-07-02", "Ahmed Sayed", "calibration over serial"),
    ("2024-06-16", "Ahmed Sayed", "v1.2"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        r#"# mossball

Firmware for a battery-powered soil moisture sensor (ESP32 + SX1276). One reading per hour over LoRa, about a year on two AA cells.

Built for our allotments, where there is neither Wi-Fi nor mains and the nearest gateway is 800 m away.

## Parts

| part | pin | remark |
|------|-----|--------|
| capacitive probe, signal | GPIO 34 | the 3.3 V version |
| capacitive probe, power | GPIO 25 | not 3V3! see below |
| SX1276 NSS / RST / DIO0 | 5 / 14 / 2 | |
| battery divider | GPIO 35 | 2 × 470 kΩ |

## Flash

```
pio run -t upload
pio device monitor
```

Copy `include/secrets.example.h` to `include/secrets.h` and put your keys in first.

## Calibrate

Type `dry` with the probe in the air and `wet` with the probe in a glass of water. Do it once per probe, they differ by up to 20 %.

## Why ...

**... LoRa and not Wi-Fi?** Joining a Wi-Fi network takes four seconds at 120 mA. A LoRa packet takes 60 ms at 90 mA.

**... is the probe on a GPIO?** So that it has power only while it measures. Under permanent voltage the copper edges corrode within one season.

**... not ESPHome?** ESPHome wants Wi-Fi and Home Assistant. If you have both, use it, it's great.

## Licence

GPL-3.0 for the firmware. The board in `hardware/` is CERN-OHL-S.
"#,
    ),
    (
        "LICENSE",
        "                    GNU GENERAL PUBLIC LICENSE\n                       Version 3, 29 June 2007\n\n Copyright (C) 2007 Free Software Foundation, Inc. <https://fsf.org/>\n Everyone is permitted to copy and distribute verbatim copies\n of this license document, but changing it is not allowed.\n",
    ),
    (
        "platformio.ini",
        "[env:esp32]\nplatform = espressif32\nboard = esp32dev\nframework = arduino\nlib_deps = sandeepmistry/LoRa@^0.8.0\nmonitor_speed = 115200\n\n[env:native]\nplatform = native\ntest_build_src = yes\n",
    ),
    (
        "include/secrets.example.h",
        "// Copy to secrets.h\n#pragma once\n#define NETWORK_KEY \"0000\"\n",
    ),
    (
        "include/reading.h",
        r#"#pragma once

#include <stdint.h>

/// One measurement, and exactly what goes over the air: twelve bytes.
struct __attribute__((packed)) Reading {
  uint32_t node;        ///< last four bytes of the MAC address
  uint16_t counter;     ///< so that the gateway notices lost packets
  uint16_t moisture;    ///< per mille between dry and wet
  uint16_t millivolts;  ///< of the battery, before the radio was on
  uint16_t checksum;
};

uint16_t checksum(const Reading &reading);
"#,
    ),
    (
        "include/probe.h",
        "#pragma once\n#include <stdint.h>\nuint16_t measureMoisture();\nuint16_t median(uint16_t *values, int count);\n",
    ),
    (
        "include/radio.h",
        "#pragma once\n#include \"reading.h\"\nbool sendReading(const Reading &reading);\n",
    ),
    (
        "src/main.cpp",
        r#"// One wake-up: measure, send, sleep. loop() is never reached.

#include <Arduino.h>
#include <esp_sleep.h>

#include "probe.h"
#include "radio.h"
#include "reading.h"

// survives deep sleep, unlike everything else
RTC_DATA_ATTR uint16_t counter = 0;

static const uint64_t HOUR = 3600ULL * 1000 * 1000;

void setup() {
  // the battery first: it sags as soon as the radio is on
  uint16_t battery = readBattery();
  Reading reading = takeReading(battery);
  // one try only; a lost hour matters less than the battery
  sendReading(reading);
  sleepUntilNextHour();
}

void loop() {}

/// Measures and fills the packet.
Reading takeReading(uint16_t battery) {
  Reading reading = {};
  reading.counter = counter++;
  reading.moisture = measureMoisture();
  reading.millivolts = battery;
  reading.checksum = checksum(reading);
  return reading;
}

/// Reads the divider; the factor two is the two resistors.
uint16_t readBattery() {
  return analogReadMilliVolts(35) * 2;
}

/// Switches everything off but the clock.
void sleepUntilNextHour() {
  esp_sleep_enable_timer_wakeup(HOUR);
  esp_deep_sleep_start();
}
"#,
    ),
    (
        "src/probe.cpp",
        r#"#include "probe.h"

#ifdef ARDUINO
#include <Arduino.h>

static const int POWER = 25;
static const int SIGNAL = 34;

/// Powers the probe, waits until it is steady, and takes the median of nine readings.
uint16_t measureMoisture() {
  pinMode(POWER, OUTPUT);
  digitalWrite(POWER, HIGH);
  // 80 ms by the oscilloscope, 100 to be sure
  delay(100);
  uint16_t values[9];
  for (int i = 0; i < 9; i++)
    values[i] = analogRead(SIGNAL);
  // off again at once, because voltage corrodes the copper
  digitalWrite(POWER, LOW);
  return median(values, 9);
}
#endif

/// The middle value. A mean would follow the spikes of the ADC.
uint16_t median(uint16_t *values, int count) {
  for (int i = 1; i < count; i++)
    for (int j = i; j > 0 && values[j] < values[j - 1]; j--) {
      uint16_t swap = values[j];
      values[j] = values[j - 1];
      values[j - 1] = swap;
    }
  return values[count / 2];
}
"#,
    ),
    (
        "src/radio.cpp",
        r#"#include "radio.h"

#ifdef ARDUINO
#include <LoRa.h>

/// Sends one packet and switches the radio off.
bool sendReading(const Reading &reading) {
  if (!LoRa.begin(868E6))
    return false;
  // slow and far: the allotments are behind a hill
  LoRa.setSpreadingFactor(10);
  LoRa.beginPacket();
  LoRa.write((const uint8_t *)&reading, sizeof reading);
  bool sent = LoRa.endPacket();
  LoRa.sleep();
  return sent;
}
#endif

/// Sum of all bytes before the checksum.
uint16_t checksum(const Reading &reading) {
  const uint8_t *bytes = (const uint8_t *)&reading;
  uint16_t sum = 0;
  for (unsigned i = 0; i < sizeof reading - 2; i++)
    sum += bytes[i];
  return sum;
}
"#,
    ),
    (
        "test/test_packet/test_main.cpp",
        r#"// Runs on the computer: pio test -e native
#include <unity.h>

#include "probe.h"
#include "reading.h"

void test_packet_has_twelve_bytes() { TEST_ASSERT_EQUAL(12, sizeof(Reading)); }

void test_median_ignores_one_spike() {
  uint16_t values[] = {500, 501, 4095};
  TEST_ASSERT_EQUAL(501, median(values, 3));
}

void test_checksum_changes_with_every_byte() {}

int main() {
  UNITY_BEGIN();
  RUN_TEST(test_packet_has_twelve_bytes);
  RUN_TEST(test_median_ignores_one_spike);
  RUN_TEST(test_checksum_changes_with_every_byte);
  return UNITY_END();
}
"#,
    ),
    (
        "CHANGELOG.md",
        "# Changelog\n\n## 1.2 (2024-06-16)\n- calibration over serial is kept in flash\n\n## 1.1 (2022-05-29)\n- median of nine readings instead of a mean\n\n## 1.0 (2020-05-17)\n- the probe has power only while it measures\n",
    ),
];
