"""A small database in lensfun's format: two mounts, four cameras, and lenses with every kind of trouble."""

from __future__ import annotations

import pytest

HEAD = '<!DOCTYPE lensdatabase SYSTEM "lensfun-database.dtd">\n<lensdatabase version="1">\n'

BODY = """
<mount><name>Acme EF</name><compat>Screw</compat></mount>
<camera><maker>ACME CORP</maker><maker lang="en">Acme</maker><model>Acme Full</model><model lang="en">Full</model>
  <mount>Acme EF</mount><cropfactor>1</cropfactor></camera>
<camera><maker>ACME CORP</maker><model>Acme Small</model><mount>Acme EF</mount><cropfactor>1.6</cropfactor></camera>
<camera><maker>Pocket</maker><model>P1</model><mount>pocketP1</mount><cropfactor>5.5</cropfactor></camera>
<camera><maker>Twin</maker><model>T</model><mount>Acme EF</mount><cropfactor>1</cropfactor></camera>
<camera><maker>Twin</maker><model>T</model><variant>small</variant><mount>Acme EF</mount><cropfactor>2</cropfactor>
</camera>
<lens><maker>Acme</maker><model>Acme EF 50mm f/1.8</model><mount>Acme EF</mount><cropfactor>1</cropfactor>
  <calibration>
    <distortion model="poly3" focal="50" k1="0.01"/>
    <vignetting model="pa" focal="50" aperture="2" distance="10" k1="-0.5" k2="0.1" k3="-0.05"/>
    <vignetting model="pa" focal="50" aperture="4" distance="10" k1="-0.2" k2="0.04" k3="0.01"/>
  </calibration></lens>
<lens><maker>Acme</maker><model>Acme EF 50mm f/1.8</model><mount>Acme EF</mount><cropfactor>1.5</cropfactor>
  <calibration>
    <vignetting model="pa" focal="50" aperture="2" distance="10" k1="-0.3" k2="0" k3="0"/>
  </calibration></lens>
<lens><maker>Acme</maker><model>Acme EF 20-70mm f/2-4 Macro</model><mount>Screw</mount><cropfactor>1</cropfactor>
  <calibration>
    <vignetting model="pa" focal="20" aperture="2" distance="1" k1="-0.6" k2="0.2" k3="-0.1"/>
    <vignetting model="pa" focal="70" aperture="4" distance="10" k1="-0.2" k2="0" k3="0.1"/>
  </calibration></lens>
<lens><maker>Acme</maker><model>Acme EF 35mm f/2 I</model><mount>Acme EF</mount><cropfactor>1</cropfactor></lens>
<lens><maker>Acme</maker><model>Acme EF 35mm f/2 II</model><mount>Acme EF</mount><cropfactor>1</cropfactor></lens>
<lens><maker>Acme</maker><model>Acme Crop 10mm f/4</model><mount>Acme EF</mount><cropfactor>1.6</cropfactor>
  <calibration><vignetting model="pa" focal="10" aperture="4" distance="10" k1="-0.3" k2="0" k3="0"/></calibration>
</lens>
<lens><maker>Acme</maker><model>Acme Holey 85mm f/1.2</model><mount>Acme EF</mount><cropfactor>1</cropfactor>
  <calibration><vignetting model="pa" focal="85" aperture="1.2" distance="10" k1="-0.3" k2="0"/></calibration></lens>
<lens><maker>Pocket</maker><model>fixed lens</model><mount>pocketP1</mount><cropfactor>5.5</cropfactor>
  <focal min="5" max="25"/>
  <calibration><vignetting model="pa" focal="5" aperture="2.8" distance="1000" k1="-0.4" k2="0" k3="0"/></calibration>
</lens>
<lens><maker>Pocket</maker><model>fixed lens, with W1</model><mount>pocketP1</mount><cropfactor>5.5</cropfactor></lens>
<lens><maker>Acme</maker><model>Acme Macro 90mm AF</model><mount>Acme EF</mount><cropfactor>1</cropfactor></lens>
<lens><maker>Acme</maker><model>Acme AF Macro 90mm</model><mount>Acme EF</mount><cropfactor>1</cropfactor>
  <calibration><vignetting model="pa" focal="90" aperture="4" distance="10" k1="-0.1" k2="0" k3="0"/></calibration>
</lens>
<lens><maker>Acme</maker><model>Acme 300mm f/4 + 1.4x extender</model><mount>Acme EF</mount><cropfactor>1</cropfactor>
  <calibration>
    <vignetting model="pa" focal="400" aperture="4" distance="10" k1="-0.1" k2="0" k3="0"/>
    <vignetting model="pa" focal="420" aperture="4" distance="10" k1="-0.3" k2="0" k3="0"/>
  </calibration></lens>
"""


@pytest.fixture
def folder(tmp_path):
    """Make a folder with the database."""
    path = tmp_path / "db"
    path.mkdir()
    (path / "acme.xml").write_text(f"{HEAD}{BODY}</lensdatabase>\n", encoding="utf-8")
    return path
