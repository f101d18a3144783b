"""Says how wide a word is."""

from PIL import ImageFont

print(ImageFont.truetype("DejaVuSans.ttf", 20).getbbox("soup")[2] > 20)
