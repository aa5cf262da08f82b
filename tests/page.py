"""Opens pages of `certnotify check --format html` in Chromium: no error, no request, sorted and filtered by keyboard and
mouse, and nothing that axe-core finds. Usage: page.py SMALL.html LARGE.html AXE.js SCREENSHOTS"""

import os
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

small, large, axe, screenshots = (Path(argument).resolve() for argument in sys.argv[1:])
STATUSES = ["critical", "unknown", "warning", "ok"]


def browser(scheme="light", width=1280, has_scripts=True):
    options = webdriver.ChromeOptions()
    for argument in ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"]:
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")
    if not has_scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    return driver


def opened(driver, page):
    driver.get(page.as_uri())
    return driver


def shown(driver):
    return [row for row in driver.find_elements(By.CSS_SELECTOR, "#certificates tbody tr") if row.is_displayed()]


def names(driver):
    script = "return Array.from(document.querySelectorAll('#certificates tbody tr:not([hidden]) > th'), (cell) => cell.firstChild.textContent)"
    return driver.execute_script(script)


def nothing_is_asked_and_nothing_goes_wrong(driver):
    assert driver.get_log("browser") == [], driver.get_log("browser")
    asked = [entry["message"] for entry in driver.get_log("performance") if "Network.requestWillBeSent\"" in entry["message"]]
    assert all("\"url\":\"file://" in message for message in asked) and len(asked) == 1, asked


def rows_are_sorted(driver):
    for key, column in [("name", 2), ("end", 1)]:
        button = driver.find_element(By.CSS_SELECTOR, f"th[data-sort={key}] button")
        button.send_keys(Keys.ENTER)
        assert driver.find_element(By.CSS_SELECTOR, f"th[data-sort={key}]").get_attribute("aria-sort") == "ascending"
        if key == "name":
            assert names(driver) == sorted(names(driver)), names(driver)
        else:
            ends = driver.execute_script("return Array.from(document.querySelectorAll('tbody tr[data-end]'), (row) => Number(row.dataset.end))")
            assert ends == sorted(ends), ends
        before = names(driver)
        button.click()
        assert driver.find_element(By.CSS_SELECTOR, f"th[data-sort={key}]").get_attribute("aria-sort") == "descending"
        assert names(driver) != before
        assert len(driver.find_elements(By.CSS_SELECTOR, "th[aria-sort]")) == 1


def rows_are_filtered(driver):
    every = len(shown(driver))
    for status in STATUSES:
        box = driver.find_element(By.CSS_SELECTOR, f"input[value={status}]")
        count = len([row for row in shown(driver) if row.get_attribute("class") == status])
        box.send_keys(Keys.SPACE)
        assert len(shown(driver)) == every - count, status
        box.click()
        assert len(shown(driver)) == every
    search = driver.find_element(By.ID, "search")
    search.send_keys("WARNING.pem")
    assert names(driver) == ["small/warning.pem"], names(driver)
    assert driver.find_element(By.ID, "shown").text == f"1 of {every} shown"
    search.clear()
    search.send_keys(Keys.SPACE)


def nothing_is_in_the_way_of_readers(driver, what):
    driver.execute_script(axe.read_text())
    found = driver.execute_async_script("axe.run().then((result) => arguments[0](result.violations))")
    assert found == [], (what, [(violation["id"], [node["html"] for node in violation["nodes"]][:3]) for violation in found])


def fits(driver, what):
    width, view = driver.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width <= view, (what, width, view)


for scheme in ["light", "dark"]:
    for width in [390, 1280]:
        driver = opened(browser(scheme, width), small)
        what = f"{scheme}-{width}"
        nothing_is_asked_and_nothing_goes_wrong(driver)
        fits(driver, what)
        driver.save_screenshot(str(screenshots / f"{what}.png"))
        for details in driver.find_elements(By.CSS_SELECTOR, "details"):
            driver.execute_script("arguments[0].open = true", details)
        nothing_is_in_the_way_of_readers(driver, what)
        fits(driver, what)
        rows_are_sorted(driver)
        rows_are_filtered(driver)
        nothing_is_in_the_way_of_readers(driver, what)
        assert driver.get_log("browser") == []
        driver.quit()

driver = opened(browser(has_scripts=False), small)
assert len(shown(driver)) > 0 and not driver.find_element(By.ID, "controls").is_displayed()
driver.quit()

driver = opened(browser(), large)
ready = driver.execute_script("return performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
search = """
const began = performance.now();
document.getElementById("search").value = "host-4999";
document.getElementById("search").dispatchEvent(new Event("input"));
const count = document.querySelectorAll("#certificates tbody tr:not([hidden])").length;
document.body.getBoundingClientRect();
return [count, performance.now() - began];
"""
count, took = driver.execute_script(search)
print(f"5000 certificates: ready after {ready:.0f} ms, searched in {took:.0f} ms")
assert count == 1, count
driver.quit()
