"""`python -m fairnotice.cli`"""

from .main import main

main()
